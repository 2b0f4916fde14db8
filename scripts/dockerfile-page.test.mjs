import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");
/** `| rule | [file](../file): name of the test |` */
const ROW = /^\| .+ \| \[[\w./-]+\]\(\.\.\/([\w./-]+)\): (.+) \|$/;

test("every rule of docs/dockerfile.md names a test that there is", () => {
  const lines = readFileSync(join(ROOT, "docs/dockerfile.md"), "utf8").split("\n");
  const rows = lines.filter((line) => /^\| (?!rule |---)/.test(line));
  assert.ok(rows.length > 100);
  for (const row of rows) {
    const [, file, name] = ROW.exec(row.replaceAll("\\|", "\u0000")) ?? [];
    assert.ok(name, `not a row: ${row}`);
    const wanted = name.replaceAll("\u0000", "|");
    assert.ok(readFileSync(join(ROOT, file), "utf8").includes(wanted), `${file} has no test ${wanted}`);
  }
});
