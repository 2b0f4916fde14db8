import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Digest, sha256 } from "../base/index.ts";
import { buildTree } from "./apply-layer.ts";
import { sampleLayer } from "./arbitrary.ts";
import { contentDigest, type Selector, selectPath } from "./content-digest.ts";
import type { Entry } from "./entry.ts";
import { comparePaths } from "./path.ts";
import { impliedDirectory } from "./tree.ts";

function file(path: string, more: Partial<Entry> = {}): Entry {
  return { ...impliedDirectory(path), kind: "file", mode: 0o644, size: 4, digest: sha256("text"), ...more };
}

async function digest(
  entries: readonly Entry[],
  ...selectors: readonly (Selector | string)[]
): Promise<Digest> {
  const tree = buildTree([{ entries: [...entries].sort((a, b) => comparePaths(a.path, b.path)) }]);
  const all = selectors.map((selector) => (typeof selector === "string" ? { path: selector } : selector));
  const selections = all.map((selector) => selectPath(tree, selector));
  return contentDigest(selections, async (nodes) => nodes.map(() => sha256("text")));
}

test("the digest is that of one JSON list for each file", async () => {
  const odd = 'd/"quoted" \\ \u0007ü\uDCFF';
  const xattrs = {
    "user.b": Buffer.from([0, 255]),
    "user.a": Buffer.from("x"),
    "security.selinux": Buffer.from("no"),
  };
  const entries: readonly Entry[] = [
    { ...impliedDirectory("d"), mode: 0o1777, uid: 70_000, gid: 4 },
    file(odd, { xattrs }),
    file("d/first"),
    { ...impliedDirectory("d/later"), kind: "hardlink", link: "d/first" },
    { ...impliedDirectory("d/link"), kind: "symlink", link: odd },
    { ...impliedDirectory("d/null"), kind: "char", device: { major: 1, minor: 3 } },
  ];
  const text = sha256("text");
  const lines = [
    ["select", "d", 6],
    ["", "dir", 0o1777, 70_000, 4, 0, "", "", [], "", ""],
    [odd.slice(2), "file", 0o644, 0, 0, 4, "", "", ["user.a", "eA==", "user.b", "AP8="], text, ""],
    ["first", "file", 0o644, 0, 0, 4, "", "", [], text, ""],
    ["later", "file", 0o644, 0, 0, 4, "", "", [], text, "0:first"],
    ["link", "symlink", 0o755, 0, 0, 0, odd, "", [], "", ""],
    ["null", "char", 0o755, 0, 0, 0, "", [1, 3], [], "", ""],
  ];
  assert.equal(await digest(entries, "d"), sha256(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
});

test("times never count, everything else does", async () => {
  const base = await digest([file("d/a")], "d");
  assert.equal(await digest([file("d/a", { mtime: 99 })], "d"), base);
  assert.equal(await digest([file("d/a", { offset: 99 })], "d"), base);
  assert.equal(await digest([file("d/a"), file("other")], "d"), base);
  const { digest: _digest, ...unknown } = file("d/a");
  assert.equal(await digest([unknown], "d"), base, "a content whose digest has to be asked for");
  const changes: readonly Partial<Entry>[] = [
    { mode: 0o755 },
    { uid: 1 },
    { gid: 1 },
    { size: 5 },
    { digest: sha256("other") },
    { kind: "fifo" },
    { path: "d/b" },
    { kind: "symlink", link: "x" },
    { kind: "char", device: { major: 1, minor: 3 } },
    { xattrs: { "user.x": Buffer.of(1) } },
    { xattrs: { "user.x": Buffer.of(2) } },
    { xattrs: { "security.capability": Buffer.of(1) } },
  ];
  const digests = await Promise.all(changes.map((change) => digest([file("d/a", change)], "d")));
  assert.equal(new Set([base, ...digests]).size, changes.length + 1);
});

test("attributes of the host do not count", async () => {
  const xattrs = { "security.selinux": Buffer.of(1), "system.posix_acl_access": Buffer.of(2) };
  assert.equal(await digest([file("a", { xattrs })], "a"), await digest([file("a")], "a"));
});

test("a selection does not depend on where it is, but on its name", async () => {
  assert.equal(await digest([file("x/d/a")], "x/d/"), await digest([file("y/z/d/a")], "/y/z/d"));
  assert.notEqual(await digest([file("a")], "a"), await digest([file("b")], "b"));
});

test("a link that is selected is followed, and counts as itself where that is asked for", async () => {
  const link: Entry = { ...impliedDirectory("l"), kind: "symlink", link: "a" };
  const other: Entry = { ...link, link: "b" };
  const files = [file("a"), file("b")];
  assert.equal(await digest([...files, link], "l"), await digest([...files, other], "l"));
  const itself = { path: "l", followLast: false };
  assert.notEqual(await digest([...files, link], itself), await digest([...files, other], itself));
});

test("what is excluded does not count, and what is missing is not nothing", async () => {
  const exclude = (path: string) => path === "b" || path.startsWith("b/");
  const selector = { path: "d", exclude };
  assert.equal(await digest([file("d/a"), file("d/b/c")], selector), await digest([file("d/a")], selector));
  assert.notEqual(await digest([file("a")], "a", "missing"), await digest([file("a")], "a"));
});

test("one file with two names is not two files", async () => {
  const { digest: _digest, ...rest } = file("d/b");
  const linked: Entry = { ...rest, kind: "hardlink", link: "d/a", size: 0 };
  assert.notEqual(await digest([file("d/a"), linked], "d"), await digest([file("d/a"), file("d/b")], "d"));
  assert.equal(
    await digest([file("d/a"), linked], "d/b"),
    await digest([file("d/b", { path: "e/b" })], "e/b"),
    "one name alone is a file",
  );
});

test("the digest is the same for every way to the same tree", async () => {
  await fc.assert(
    fc.asyncProperty(sampleLayer(), fc.integer(), async ({ index }, mtime) => {
      const touched = index.entries.map((entry) => ({ ...entry, mtime }));
      assert.equal(await digest(touched, ""), await digest(index.entries, ""));
    }),
  );
});
