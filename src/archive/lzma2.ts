import type { Cursor } from "./cursor.ts";
import { type LzmaDecoder, type LzmaProperties, lzmaDecoder } from "./lzma.ts";
import { damagedError } from "./zlib-stream.ts";

/**
 * Decodes one LZMA2 stream, chunk by chunk, up to the byte that ends it. Memory is that of the
 * dictionary and one chunk (at most 2 MiB).
 */
export async function* unlzma2(source: Cursor, dictionarySize: number): AsyncGenerator<Uint8Array> {
  const decoder = lzmaDecoder(dictionarySize);
  let known: Known = { dictionary: false, state: false, properties: false };
  for (;;) {
    const control = (await exactly(source, 1))[0] as number;
    if (control === 0) return;
    if (control >= 0x80) {
      known = prepare(decoder, { control, known });
      const size = ((control & 0x1f) << 16) + (await uint16(source)) + 1;
      const packed = (await uint16(source)) + 1;
      if (resetOf(control) >= 2) {
        decoder.resetState(propertiesOf((await exactly(source, 1))[0] as number));
        known = { ...known, properties: true };
      }
      if (!known.properties || packed < 5) throw damagedError("xz", "a chunk without what it needs");
      decoder.decode(await exactly(source, packed), size);
      yield decoder.take(size);
    } else {
      if (control > 2 || (control === 2 && !known.dictionary))
        throw damagedError("xz", "an unknown kind of chunk");
      if (control === 1) decoder.resetDictionary();
      // Bytes that are stored in front of it void what a state has learnt only when the dictionary is new.
      known = { ...known, dictionary: true, state: control === 2 && known.state };
      const size = (await uint16(source)) + 1;
      const bytes = Uint8Array.from(await exactly(source, size));
      decoder.store(bytes);
      yield bytes;
    }
  }
}

/** What earlier chunks have set up. */
interface Known {
  readonly dictionary: boolean;
  readonly state: boolean;
  readonly properties: boolean;
}

/** 0: nothing, 1: state, 2: state and properties, 3: all that and the dictionary. */
function resetOf(control: number): number {
  return (control >>> 5) & 3;
}

function prepare(
  decoder: LzmaDecoder,
  { control, known }: { readonly control: number; readonly known: Known },
): Known {
  const reset = resetOf(control);
  if ((reset < 3 && !known.dictionary) || (reset < 1 && !known.state))
    throw damagedError("xz", "a chunk that goes on where nothing was begun");
  if (reset === 3) decoder.resetDictionary();
  if (reset === 1) decoder.resetState();
  return { ...known, dictionary: true, state: true };
}

function propertiesOf(byte: number): LzmaProperties {
  const lc = byte % 9;
  const lp = Math.floor(byte / 9) % 5;
  const pb = Math.floor(byte / 45);
  if (pb > 4 || lc + lp > 4) throw damagedError("xz", "impossible properties");
  return { lc, lp, pb };
}

async function uint16(source: Cursor): Promise<number> {
  const bytes = await exactly(source, 2);
  return ((bytes[0] as number) << 8) | (bytes[1] as number);
}

/** The next bytes, all of them. */
export async function exactly(source: Cursor, length: number): Promise<Uint8Array> {
  const bytes = await source.take(length);
  if (bytes.length < length) throw damagedError("xz", `it ends at byte ${source.position}`);
  return bytes;
}
