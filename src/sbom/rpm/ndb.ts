/**
 * The values of rpm's own database format, which SUSE uses (rpm, `lib/backend/ndb/rpmpkg.c`): pages of slots, each with
 * the place of a package's header. A damaged file ends with a RangeError or early; so
 * does one whose packages overlap, which a small file could have thousands of.
 */
export function* ndbValues(bytes: Buffer): Generator<Buffer> {
  if (bytes.length < 32 || bytes.toString("latin1", 0, 4) !== "RpmP") return;
  const end = Math.min(bytes.readUInt32LE(12) * PAGE, bytes.length);
  let left = bytes.length;
  // The first two slots are the file's own header.
  for (let at = 2 * SLOT; at + SLOT <= end; at += SLOT) {
    const [number, block] = [bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)];
    if (bytes.toString("latin1", at, at + 4) !== "Slot" || number === 0) continue;
    const start = block * BLOCK;
    if (bytes.toString("latin1", start, start + 4) !== "BlbS" || bytes.readUInt32LE(start + 4) !== number)
      continue;
    const value = bytes.subarray(start + 16, start + 16 + bytes.readUInt32LE(start + 12));
    left -= value.length;
    if (left < 0) throw new RangeError("packages overlap");
    yield value;
  }
}

const [PAGE, SLOT, BLOCK] = [4096, 16, 16] as const;
