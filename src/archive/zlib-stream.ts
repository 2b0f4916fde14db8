import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { TareError } from "../base/index.ts";

/** Runs bytes through one of node:zlib's decoders; its errors become `integrity-archive`, others pass. */
export async function* throughZlib(
  bytes: AsyncIterable<Uint8Array>,
  { name, transform }: { readonly name: string; readonly transform: Transform },
): AsyncGenerator<Uint8Array> {
  const done = pipeline(Readable.from(bytes, { objectMode: false }), transform);
  // A failure destroys the transform, whose reader below throws the same error.
  done.catch(() => undefined);
  try {
    for await (const chunk of transform) yield chunk as Uint8Array;
  } catch (error) {
    throw damaged(name, error);
  }
}

/** Damaged data of a compression; an error that came from the source stays what it is. */
export function damaged(name: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (error instanceof TareError || !/^(Z_|ZSTD_|ERR_ZLIB)/.test(code)) return error;
  return damagedError(name, (error as Error).message, error);
}

export function damagedError(name: string, why: string, cause?: unknown): TareError {
  return new TareError("integrity-archive", `broken ${name} data: ${why}`, {
    hint: "fetch or make the file again: it is damaged or cut off",
    ...(cause !== undefined && { cause }),
  });
}
