import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkFloors } from "./check-floors.mjs";

function problems(files) {
  const root = mkdtempSync(join(tmpdir(), "floors-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return checkFloors(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("imports down and within a folder are allowed", () => {
  assert.deepEqual(
    problems({
      "tree/a.ts": 'import { b } from "./b.ts";\nimport type { D } from "../base/index.ts";\n',
      "api/x.ts": 'import { y } from "../engine/index.ts";\n',
    }),
    [],
  );
});

test("imports up and sideways, past an index, and of types are found", () => {
  assert.match(problems({ "base/a.ts": 'import type { T } from "../tree/index.ts";\n' })[0], /up from tree/);
  assert.match(
    problems({ "tree/a.ts": 'const x = await import("../graph/index.ts");\n' })[0],
    /sideways from graph/,
  );
  assert.match(
    problems({ "tree/a.ts": 'import { x } from "../base/digest.ts";\n' })[0],
    /through base\/index\.ts/,
  );
});

test("long files, code in an index and use of the process are found", () => {
  assert.match(problems({ "tree/a.ts": "\n".repeat(301) })[0], /301 lines/);
  assert.match(problems({ "tree/index.ts": "function f() {}\n" })[0], /only re-exports/);
  assert.match(problems({ "tree/a.ts": "export const x = process.env.X;\n" })[0], /process/);
});
