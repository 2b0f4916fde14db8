import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeTarHeader, TAR_END, type TarHeader, tarPadding } from "../archive/index.ts";
import { sha256 } from "../base/index.ts";
import { type FromTarOptions, indexFromTar } from "./index-from-tar.ts";
import type { LayerIndex } from "./layer.ts";
import { validateIndex } from "./validate.ts";

type Member = Partial<TarHeader> & { readonly name: string; readonly content?: string };

function tarOf(members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ content = "", ...given }) => {
    const size = Buffer.byteLength(content);
    const header: TarHeader = {
      ...DEFAULTS,
      size,
      type: given.name.endsWith("/") ? "dir" : "file",
      ...given,
    };
    return [encodeTarHeader(header), Buffer.from(content), tarPadding(size)];
  });
  return Buffer.concat([...parts, TAR_END]);
}

const DEFAULTS = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  mtime: 0,
  linkname: "",
  size: 0,
} as const;

async function read(
  members: readonly Member[],
  options: FromTarOptions = { whiteouts: true },
): Promise<LayerIndex> {
  const index = await indexFromTar(once(tarOf(members)), options);
  validateIndex(index);
  return index;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** `path kind` of each entry, with what it leads to. */
function outline(index: LayerIndex): readonly string[] {
  return index.entries.map(
    ({ path, kind, link }) => `${path} ${kind}${link === undefined ? "" : ` ${link}`}`,
  );
}

test("names are cleaned, and members that only stand for themselves are kept", async () => {
  const index = await read([
    { name: "./", mode: 0o700 },
    { name: "./b/" },
    { name: "/a//c/./d", content: "x" },
    { name: "b/../e", content: "" },
    { name: "p", type: "fifo" },
    { name: "n", type: "char", device: { major: 1, minor: 3 } },
  ]);
  assert.deepEqual(outline(index), [" dir", "a/c/d file", "b dir", "e file", "n char", "p fifo"]);
  assert.equal(index.entries[0]?.mode, 0o700);
});

test("a symbolic link has the mode that all of them have", async () => {
  const { entries } = await read([{ name: "l", type: "symlink", linkname: "x", mode: 0o755 }]);
  assert.equal(entries[0]?.mode, 0o777);
});

test("names that lead out of the root are refused", async () => {
  for (const name of ["../a", "a/../../b", "/..", "./../x/"]) {
    await assert.rejects(read([{ name }]), { code: "integrity-archive" }, name);
  }
  await assert.rejects(read([{ name: "a" }, { name: "b", type: "hardlink", linkname: "../a" }]), {
    code: "integrity-archive",
  });
});

test("whiteouts are read in a layer and are ordinary names elsewhere", async () => {
  const members = [
    { name: "a/.wh.gone" },
    { name: "b/.wh..wh..opq" },
    { name: ".wh..wh.plnk/" },
    { name: ".wh..wh.aufs" },
  ];
  assert.deepEqual(outline(await read(members)), ["a/gone whiteout", "b/.wh..wh..opq opaque"]);
  assert.deepEqual(outline(await read(members, { whiteouts: false })), [
    ".wh..wh.aufs file",
    ".wh..wh.plnk dir",
    "a/.wh.gone file",
    "b/.wh..wh..opq file",
  ]);
  for (const name of [".wh.", "a/.wh..", "a/.wh..."])
    await assert.rejects(read([{ name }]), { code: "integrity-archive" });
});

test("what a layer removes and makes anew has nothing of what was below", async () => {
  const made = [{ name: "d/" }, { name: "d/x" }, { name: "f" }];
  const removed = [{ name: ".wh.d" }, { name: ".wh.f" }];
  const expected = ["d dir", "d/.wh..wh..opq opaque", "d/x file", "f file"];
  assert.deepEqual(outline(await read([...removed, ...made])), expected);
  assert.deepEqual(outline(await read([...made, ...removed])), expected);
});

test("a later member of the same path wins", async () => {
  const index = await read([
    { name: "a", content: "old" },
    { name: "a", content: "newer" },
    { name: "d/", mode: 0o700 },
    { name: "d/x" },
    { name: "d/", mode: 0o711 },
    { name: "e/x" },
    { name: "e", content: "file" },
    { name: "f" },
    { name: "f/" },
    { name: "f/x" },
  ]);
  assert.deepEqual(outline(index), ["a file", "d dir", "d/x file", "e file", "f dir", "f/x file"]);
  assert.equal(index.entries[0]?.digest, sha256("newer"));
  assert.equal(index.entries[1]?.mode, 0o711);
});

test("links of the archive itself are followed in the directories of later members, inside the root", async () => {
  const index = await read([
    { name: "lib", type: "symlink", linkname: "usr/lib" },
    { name: "lib/a" },
    { name: "up", type: "symlink", linkname: "../../etc" },
    { name: "up/passwd" },
    { name: "abs", type: "symlink", linkname: "/usr" },
    { name: "abs/lib/b" },
    { name: "usr/lib/c", type: "hardlink", linkname: "lib/a" },
    { name: "lib/.wh.old" },
  ]);
  assert.deepEqual(outline(index), [
    "abs symlink /usr",
    "etc/passwd file",
    "lib symlink usr/lib",
    "up symlink ../../etc",
    "usr/lib/a file",
    "usr/lib/b file",
    "usr/lib/c hardlink usr/lib/a",
    "usr/lib/old whiteout",
  ]);
});

test("a directory that a link replaces is not written to by what follows", async () => {
  const index = await read([
    { name: "a/x" },
    { name: "a", type: "symlink", linkname: "b" },
    { name: "a/y" },
    { name: "a/" },
    { name: "a/z" },
  ]);
  assert.deepEqual(outline(index), ["a dir", "a/z file", "b/y file"]);
});

test("links in a circle and names through a file are refused", async () => {
  const circle = { name: "a", type: "symlink", linkname: "a" } as const;
  await assert.rejects(read([circle, { name: "a/x" }]), { code: "integrity-archive" });
  await assert.rejects(read([{ name: "a" }, { name: "a/x" }]), { code: "integrity-archive" });
  await assert.rejects(read([{ name: "./", type: "symlink", linkname: "x" }]), { code: "integrity-archive" });
});

test("names beyond the limits of Linux are refused", async () => {
  await assert.rejects(read([{ name: "n".repeat(256) }]), { code: "integrity-archive" });
  await assert.rejects(read([{ name: "d/".repeat(2100) }]), { code: "integrity-archive" });
  const deep = "d/".repeat(1000);
  const links = ["a", "b", "c"].map((name, at, all): Member => {
    return { name, type: "symlink", linkname: `${all[at - 1] ?? "."}/${deep}` };
  });
  await assert.rejects(read([...links, { name: "c/x" }]), { code: "integrity-archive" });
});

test("the first of a file's names in order is the file, whatever the order of the members", async () => {
  const index = await read([
    { name: "m", content: "bytes", mode: 0o600 },
    { name: "z", type: "hardlink", linkname: "./m" },
    { name: "a", type: "hardlink", linkname: "/m" },
  ]);
  assert.deepEqual(outline(index), ["a file", "m hardlink a", "z hardlink a"]);
  assert.deepEqual(
    [index.entries[0]?.digest, index.entries[0]?.offset, index.entries[0]?.mode],
    [sha256("bytes"), 512, 0o600],
  );
});

test("what the last name says of a file counts for all of its names, if it is to count", async () => {
  const facts = { mode: 0o600, uid: 7, gid: 8, mtime: 9 };
  const members: readonly Member[] = [
    { name: "f", content: "x", mode: 0o4755, uid: 3 },
    { name: "h", type: "hardlink", linkname: "f", ...facts },
  ];
  const said = async (linksSay: boolean) =>
    (await read(members, { whiteouts: false, linksSay })).entries.map((entry) => [
      entry.path,
      entry.mode,
      entry.uid,
    ]);
  assert.deepEqual(await said(true), [
    ["f", 0o600, 7],
    ["h", 0o600, 7],
  ]);
  assert.deepEqual(await said(false), [
    ["f", 0o4755, 3],
    ["h", 0o4755, 3],
  ]);
});

test("a link keeps the bytes that it was made for when the first name is overwritten", async () => {
  const index = await read([
    { name: "a", content: "one" },
    { name: "b", type: "hardlink", linkname: "a" },
    { name: "a", content: "two" },
  ]);
  assert.deepEqual(
    index.entries.map(({ kind, digest }) => [kind, digest]),
    [
      ["file", sha256("two")],
      ["file", sha256("one")],
    ],
  );
});

test("one more name of a symbolic link or device is one like it", async () => {
  const index = await read([
    { name: "a", type: "symlink", linkname: "x" },
    { name: "b", type: "hardlink", linkname: "a" },
  ]);
  assert.deepEqual(outline(index), ["a symlink x", "b symlink x"]);
});

test("a hard link to what is not there is an error, or what the caller makes of it", async () => {
  const members: readonly Member[] = [{ name: "b", type: "hardlink", linkname: "no/a" }];
  await assert.rejects(read(members), { code: "integrity-archive", message: /no\/a/ });
  await assert.rejects(read([{ name: "d/" }, { name: "b", type: "hardlink", linkname: "d" }]), {
    code: "integrity-archive",
  });
  assert.deepEqual(outline(await read(members, { whiteouts: true, danglingLink: () => undefined })), []);
  const replaced = await read(members, {
    whiteouts: true,
    danglingLink: ({ path, target }) => ({
      path,
      kind: "symlink",
      mode: 0o777,
      uid: 0,
      gid: 0,
      mtime: 0,
      size: 0,
      link: target,
    }),
  });
  assert.deepEqual(outline(replaced), ["b symlink no/a"]);
});

test("extended attributes keep their exact bytes", async () => {
  const value = Uint8Array.from({ length: 256 }, (_, at) => at);
  const { entries } = await read([{ name: "a", xattrs: { "security.capability": value } }]);
  assert.deepEqual(
    Buffer.from(entries[0]?.xattrs?.["security.capability"] as Uint8Array),
    Buffer.from(value),
  );
});
