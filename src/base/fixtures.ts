import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { type ErrorCode, TareError } from "./errors.ts";

/** A program of plain JavaScript in one file, which is removed when disposed. */
export interface ChildProgram extends Disposable {
  readonly path: string;
}

/**
 * Compiles the program of a test's child process, which imports our modules by their absolute paths: compiling them
 * in every child takes longer than what most of them do.
 */
export function childProgram(source: string): ChildProgram {
  const folder = mkdtempSync(join(tmpdir(), "tare-child-"));
  const path = join(folder, "program.mjs");
  // Libraries with machine code stay where they are, and are found from here.
  const here = JSON.stringify(pathToFileURL(import.meta.filename).href);
  buildSync({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: "ts" },
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    external: ["koffi", "@napi-rs/lzma"],
    define: { "import.meta.url": here },
    banner: { js: `import { createRequire as r } from "node:module"; const require = r(${here});` },
  });
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** For `assert.rejects`: an error of this kind, which says what to do. */
export function rejects(code: ErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TareError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(error.facts.hint, "it has a hint");
    return true;
  };
}
