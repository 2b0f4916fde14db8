import { koffi, lazy } from "../base/index.ts";
import { damagedError } from "./zlib-stream.ts";

/**
 * Decompresses xz data that is in memory as a whole, several streams too, piece by piece by liblzma.so.5 in a thread of
 * libuv's: what it takes is the dictionary and one piece. A piece counts until the next is asked for, which takes its
 * place. Undefined where the library is missing. `integrity-archive` for what is damaged or cut off.
 */
export function xzPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> | undefined {
  const found = library();
  return found && decoded(bytes, found);
}

interface Library {
  /** lzma_stream_decoder, lzma_code and lzma_end of lzma/container.h and lzma/base.h. */
  readonly begin: (stream: Buffer, memory: number, flags: number) => number;
  readonly code: (stream: Buffer, action: number) => Promise<number>;
  readonly end: (stream: Buffer) => void;
  readonly address: (bytes: Uint8Array) => bigint;
}

const library = lazy((): Library | undefined => {
  try {
    const found = koffi().load("liblzma.so.5");
    const code = found.func("int lzma_code(void *stream, int action)");
    return {
      begin: found.func("int lzma_stream_decoder(void *stream, uint64_t memory, uint32_t flags)"),
      code: (stream, action) =>
        new Promise((resolve, reject) => {
          code.async(stream, action, (error: unknown, result: number) =>
            error ? reject(error) : resolve(result),
          );
        }),
      end: found.func("void lzma_end(void *stream)"),
      address: (bytes) => koffi().address(bytes),
    };
  } catch {
    return undefined;
  }
});

/** Bytes of a piece. */
const PIECE = 1 << 20;
/** Of the dictionary, as `unxz` has it, and some more for the rest. */
const MEMORY = 144 << 20;

const [OK, STREAM_END, CONCATENATED, FINISH] = [0, 1, 8, 3];

/** Places in an lzma_stream where pointers and sizes have 8 bytes, which is all that Tare runs on. */
const [NEXT_IN, AVAIL_IN, NEXT_OUT, AVAIL_OUT, STREAM_SIZE] = [0, 8, 24, 32, 136];

async function* decoded(
  bytes: Uint8Array,
  { begin, code, end, address }: Library,
): AsyncGenerator<Uint8Array> {
  const stream = Buffer.alloc(STREAM_SIZE);
  const piece = Buffer.allocUnsafeSlow(PIECE);
  const result = begin(stream, MEMORY, CONCATENATED);
  if (result !== OK) throw damagedError("xz", `the decoder does not start (${result})`);
  try {
    stream.writeBigUInt64LE(address(bytes), NEXT_IN);
    stream.writeBigUInt64LE(BigInt(bytes.length), AVAIL_IN);
    for (let state = OK; state !== STREAM_END; ) {
      stream.writeBigUInt64LE(address(piece), NEXT_OUT);
      stream.writeBigUInt64LE(BigInt(PIECE), AVAIL_OUT);
      state = await code(stream, FINISH);
      if (state !== OK && state !== STREAM_END) throw damagedError("xz", reasonOf(state));
      const length = PIECE - Number(stream.readBigUInt64LE(AVAIL_OUT));
      if (length > 0) yield piece.subarray(0, length);
    }
  } finally {
    end(stream);
  }
}

/** The values of lzma_ret (lzma/base.h). */
function reasonOf(state: number): string {
  switch (state) {
    case 6:
      return `it needs more than ${MEMORY >> 20} MiB of memory`;
    case 7:
      return "it is not xz";
    case 8:
      return "it has something that is not known";
    case 10:
      return "it is cut off";
    default:
      return "its checksums are wrong";
  }
}
