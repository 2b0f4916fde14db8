import { koffi, lazy, TareError } from "../base/index.ts";
import { damagedError } from "./zlib-stream.ts";

/** Bytes of output asked for at a time. */
const STEP = 128 * 1024;

/**
 * Decompresses Zstandard by libzstd.so.1, which every Debian and Ubuntu has, because dpkg needs it.
 * `environment-missing` where there is none.
 */
export async function* unzstdByLibrary(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const zstd = library();
  const stream = zstd.create();
  try {
    let pending = false;
    for await (const chunk of bytes) {
      for (let at = 0, full = false; at < chunk.length || full; ) {
        const output = Buffer.allocUnsafeSlow(STEP);
        const from = { src: chunk, size: chunk.length, pos: at };
        const to = { dst: output, size: STEP, pos: 0 };
        const result = zstd.decompress(stream, to, from);
        if (zstd.isError(result) !== 0) throw zstdError(zstd.errorName(result));
        at = from.pos;
        full = to.pos === STEP;
        pending = result !== 0;
        if (to.pos > 0) yield output.subarray(0, to.pos);
      }
    }
    if (pending) throw damagedError("zstd", "it ends in the middle of a frame");
  } finally {
    zstd.free(stream);
  }
}

interface ZstdLibrary {
  readonly create: () => unknown;
  readonly free: (stream: unknown) => number;
  /** What is still wanted, 0 at the end of a frame, or an error; moves both positions. */
  readonly decompress: (
    stream: unknown,
    output: { readonly dst: Uint8Array; readonly size: number; pos: number },
    input: { readonly src: Uint8Array; readonly size: number; pos: number },
  ) => number;
  readonly isError: (result: number) => number;
  readonly errorName: (result: number) => string;
}

const library = lazy((): ZstdLibrary => {
  const foreign = koffi();
  const found = load("libzstd.so.1");
  foreign.struct("tare_zstd_in", { src: "const void *", size: "size_t", pos: "size_t" });
  foreign.struct("tare_zstd_out", { dst: "void *", size: "size_t", pos: "size_t" });
  return {
    create: found.func("void *ZSTD_createDStream()"),
    free: found.func("size_t ZSTD_freeDStream(void *stream)"),
    decompress: found.func(
      "size_t ZSTD_decompressStream(void *stream, _Inout_ tare_zstd_out *output, _Inout_ tare_zstd_in *input)",
    ),
    isError: found.func("unsigned int ZSTD_isError(size_t code)"),
    errorName: found.func("const char *ZSTD_getErrorName(size_t code)"),
  };
});

function load(name: string): ReturnType<ReturnType<typeof koffi>["load"]> {
  try {
    return koffi().load(name);
  } catch (cause) {
    throw new TareError("environment-missing", `zstd data needs ${name}, which is not installed`, {
      hint: "install libzstd (libzstd1 on Debian and Ubuntu), or use Node 22.15 or newer",
      cause,
    });
  }
}

function zstdError(message: string): TareError {
  if (/memory|window/i.test(message))
    return new TareError("user-unsupported", "zstd data with a window that is too large", {
      hint: "compress it with --long=27 at most",
    });
  return damagedError("zstd", message);
}
