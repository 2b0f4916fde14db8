import { promisify } from "node:util";
import { koffi, lazy } from "../base/index.ts";
import { xzIntegers } from "./xz-integer.ts";

/**
 * Decompresses one xz stream that is in memory as a whole, by liblzma.so.5 in a thread of libuv's; every Debian and
 * Ubuntu has it, because dpkg needs it, and it is a quarter faster than what is in Rust. Undefined where it is
 * missing, and for whatever is damaged, very large, or more than one stream: others say why.
 */
export async function unxzByLibrary(bytes: Uint8Array): Promise<Buffer | undefined> {
  const size = sizeInIndex(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  const decode = size === undefined ? undefined : decoder();
  if (size === undefined || !decode) return undefined;
  const output = Buffer.allocUnsafeSlow(size);
  const [read, written] = [[0], [0]];
  const result = await decode({ bytes, read, output, written });
  return result === OK && read[0] === bytes.length && written[0] === size ? output : undefined;
}

/** The counters are lists of one number, which the library moves. */
interface Decoding {
  readonly bytes: Uint8Array;
  readonly read: number[];
  readonly output: Uint8Array;
  readonly written: number[];
}

const OK = 0;
/** Of the dictionary, as `unxz` has it, and some more for the rest. */
const MEMORY = 144 << 20;

const decoder = lazy((): ((decoding: Decoding) => Promise<number>) | undefined => {
  try {
    const found = koffi()
      .load("liblzma.so.5")
      .func(
        "int lzma_stream_buffer_decode(_Inout_ uint64_t *memory, uint32_t flags, const void *allocator, const uint8_t *input, _Inout_ size_t *read, size_t input_size, uint8_t *output, _Inout_ size_t *written, size_t output_size)",
      );
    const call = promisify(found.async) as (...values: readonly unknown[]) => Promise<number>;
    return ({ bytes, read, output, written }) =>
      call([MEMORY], 0, null, bytes, read, bytes.length, output, written, output.length);
  } catch {
    return undefined;
  }
});

const FOOTER = 12;
/** What is larger than this in memory is no package. */
const MOST = 1 << 30;

/** The sum of the sizes that a stream's index has at its end (xz file format 1.2, sections 2.1.2 and 4). */
function sizeInIndex(bytes: Buffer): number | undefined {
  if (bytes.length < 2 * FOOTER || bytes.toString("latin1", bytes.length - 2) !== "YZ") return undefined;
  const end = bytes.length - FOOTER;
  const start = end - (bytes.readUInt32LE(end + 4) + 1) * 4;
  if (start < FOOTER || bytes[start] !== 0) return undefined;
  const next = xzIntegers(bytes.subarray(0, end), start + 1);
  let total = 0;
  for (let blocks = next(); blocks > 0; blocks--) {
    next();
    total += next();
    if (total > MOST) return undefined;
  }
  return total;
}
