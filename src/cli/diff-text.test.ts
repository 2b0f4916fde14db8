import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileChange, FileFacts } from "../api/index.ts";
import { diffLine, diffRow, diffSummary } from "./diff-text.ts";

const FILE: FileFacts = { kind: "file", mode: 0o644, uid: 0, gid: 0, size: 10 };

const CHANGES: readonly (readonly [FileChange, string])[] = [
  [{ path: "/a", kind: "added", differs: [], after: FILE, bytes: 10 }, "A /a (+10B)\n"],
  [{ path: "/d", kind: "added", differs: [], after: { ...FILE, kind: "dir", size: 0 }, bytes: 0 }, "A /d\n"],
  [{ path: "/b", kind: "deleted", differs: [], before: FILE, bytes: -1_500_000 }, "D /b (-1.5MB)\n"],
  [
    {
      path: "/c",
      kind: "changed",
      differs: ["content", "mode"],
      before: FILE,
      after: { ...FILE, mode: 0o4755 },
      bytes: 2,
    },
    "C /c (+2B, mode 644 -> 4755)\n",
  ],
  [
    { path: "/e", kind: "changed", differs: ["content"], before: FILE, after: FILE, bytes: 0 },
    "C /e (content)\n",
  ],
  [
    {
      path: "/f",
      kind: "changed",
      differs: ["owner"],
      before: FILE,
      after: { ...FILE, uid: 7, gid: 8 },
      bytes: 0,
    },
    "C /f (owner 0:0 -> 7:8)\n",
  ],
  [
    {
      path: "/g",
      kind: "changed",
      differs: ["type"],
      before: FILE,
      after: { ...FILE, kind: "symlink", size: 0, link: "x" },
      bytes: -10,
    },
    "C /g (-10B, file -> symlink)\n",
  ],
];

test("a change is docker's letter, the path, and what it comes to", () => {
  for (const [change, line] of CHANGES) assert.equal(diffLine(change), line);
  assert.equal(
    diffSummary(CHANGES.map(([change]) => change)),
    "2 added (+10B), 4 changed (-8B), 1 deleted (-1.5MB)\n",
  );
  assert.equal(diffSummary([]), "no differences\n");
});

test("a name can not move the cursor or begin a line", () => {
  const change: FileChange = { path: "/a\nA /b\u001b[2J", kind: "added", differs: [], after: FILE, bytes: 1 };
  assert.equal(diffLine(change), "A /a\u240aA /b\u241b[2J (+1B)\n");
  assert.deepEqual(diffRow(change).Bytes, "1");
});
