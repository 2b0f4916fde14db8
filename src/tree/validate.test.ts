import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sampleLayer } from "./arbitrary.ts";
import type { Entry } from "./entry.ts";
import { withTarOffsets } from "./tar-from-index.ts";
import { validateIndex } from "./validate.ts";

const plain: Entry = { path: "a", kind: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0 };
const none: Entry = { ...plain, kind: "fifo" };

test("sample layers are valid, with offsets too", () => {
  fc.assert(
    fc.property(sampleLayer(), ({ index }) => {
      validateIndex(index);
      validateIndex(withTarOffsets(index));
    }),
  );
});

test("each broken rule is an error that names the path", () => {
  const cases: readonly (readonly Entry[])[] = [
    [plain, plain],
    [{ ...plain, path: "b" }, plain],
    [
      { ...plain, path: "a-b" },
      { ...plain, path: "a/b" },
    ],
    [plain, { ...plain, path: "a/b" }],
    [plain, { ...plain, path: "a/b/c" }],
    [
      { ...none, kind: "whiteout" },
      { ...plain, path: "a/b" },
    ],
    ...["", "/a", "a/", "a//b", "./a", "a/..", "..", "a\0"].map((path) => [{ ...plain, path }]),
    ...[-1, 0o10000, 0.5, Number.NaN].map((mode) => [{ ...plain, mode }]),
    ...[-1, 2 ** 32 - 1, 0.5].flatMap((id) => [[{ ...plain, uid: id }], [{ ...plain, gid: id }]]),
    [{ ...plain, mtime: 0.5 }],
    [{ ...plain, size: -1 }],
    [{ ...plain, offset: -512 }],
    [{ ...plain, digest: "sha256:short" }],
    [{ ...plain, link: "x" }],
    [{ ...plain, xattrs: {} }],
    [{ ...none, size: 1 }],
    [{ ...none, offset: 1 }],
    [{ ...none, kind: "symlink" }],
    [{ ...none, kind: "char" }],
    [{ ...none, device: { major: 0, minor: 0 } }],
    [{ ...none, kind: "block", device: { major: -1, minor: 0 } }],
    [{ ...none, kind: "hardlink", link: "x" }],
    [
      { ...none, kind: "hardlink", link: "b" },
      { ...plain, path: "b" },
    ],
    [none, { ...none, path: "b", kind: "hardlink", link: "a" }],
    [{ ...none, kind: "opaque" }],
  ];
  for (const entries of cases) {
    const last = JSON.stringify(entries.at(-1)?.path).slice(1, -1);
    assert.throws(
      () => validateIndex({ entries }),
      { code: "integrity-store" },
      `${last} ${JSON.stringify(entries)}`,
    );
  }
});
