import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageWeight } from "../api/index.ts";
import { widthOf } from "./text.ts";
import { weightTable } from "./weight-text.ts";

const row = { layers: [0], size: 50, hidden: 0, files: 3 } as const;
const WEIGHT: ImageWeight = {
  image: "app",
  size: 100,
  unexplained: 0,
  rows: [
    { ...row, kind: "copy", title: `COPY ${"\u6f22".repeat(90)} /`, place: "Dockerfile:4, stage final" },
    { ...row, kind: "package", title: "libc6 2.41\u001b[31m", purl: "pkg:deb/debian/libc6@2.41" },
  ],
};

test("causes are cut to the terminal, and a narrow one has only sizes and causes", () => {
  for (const columns of [40, 80]) {
    const lines = weightTable(WEIGHT, { columns }).split("\n").slice(0, 3);
    for (const line of lines) assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
    assert.equal(lines[0]?.includes("FILES"), columns === 80);
    assert.match(lines[1] ?? "", /^50B +50\.0% .*\u6f22\u2026$/);
  }
  const whole = weightTable(WEIGHT).split("\n");
  assert.ok(whole[1]?.endsWith("\u2026 (Dockerfile:4, stage final)"));
  assert.match(whole[2] ?? "", /^50B +50\.0% +3 +1 +package +libc6 2\.41$/);
});
