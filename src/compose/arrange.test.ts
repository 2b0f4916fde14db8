import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeName } from "../base/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { dir, file, hard, laidOut, own, type Packages, pathsOf } from "./arrange-fixtures.ts";
import { textOf } from "./fixtures.ts";
import { mergedParts } from "./merged-fixtures.ts";

test("each source package is a layer, between the merged /usr and what the recipe adds", async () => {
  const parts = await laidOut({ a: [file("etc/a")], b: [file("etc/b")] }, { files: [own("/etc/own")] });
  assert.deepEqual(
    parts.map(({ comment, youngest }) => [comment, youngest]),
    [
      ["merged /usr", 0],
      ["a 1", 1000],
      ["b 1", 1000],
      ["accounts and settings", 1000],
    ],
  );
  assert.deepEqual(pathsOf(parts), [
    ["etc", "etc/a"],
    ["etc", "etc/b"],
    ["etc", "etc/own"],
  ]);
});

test("libraries of a second word size are below /usr, with a link where they were; others have none", async () => {
  const linksOf = async (packages: Packages) =>
    (await laidOut(packages))[0]?.placed.filter(({ entry }) => entry.kind === "symlink");
  const both = await laidOut({ a: [dir("lib32"), file("lib32/a")], b: [file("usr/libx32/b")] });
  assert.deepEqual(
    both
      .flatMap(({ placed }) => placed)
      .filter(({ entry }) => /^(usr\/)?libx?32\/./.test(entry.path))
      .map(({ entry }) => entry.path),
    ["usr/lib32/a", "usr/libx32/b"],
  );
  const names = async (packages: Packages) => (await linksOf(packages))?.map(({ entry }) => entry.path);
  assert.deepEqual(await names({ a: [file("lib32/a")] }), ["bin", "lib", "lib32", "lib64", "sbin"].sort());
  assert.deepEqual((await names({ a: [file("etc/a")] }))?.includes("lib32"), false);
});

test("a recipe without packages, and one without anything, are the merged /usr and what it adds", async () => {
  assert.deepEqual(pathsOf(await laidOut({}, { files: [own("/a")] })), [["a"]]);
  const [only, ...others] = await laidOut({});
  assert.deepEqual([only?.comment, only?.youngest, others], ["merged /usr", 0, []]);
  for (const layers of ["single", "package"] as const)
    assert.equal((await laidOut({}, { layers })).length, 1, layers);
});

test("what the recipe puts in the place of a package's file takes no room twice, and has no checksum of dpkg", async () => {
  const packages = { a: [dir("etc"), file("etc/a"), file("etc/b")] };
  const recipe = { files: [own("/etc/a")], links: [{ path: "/etc/b", target: "a" }] };
  const parts = await laidOut(packages, recipe);
  assert.deepEqual(pathsOf(parts), [["etc"], ["etc", "etc/a", "etc/b"]]);
  const paths = parts[1]?.placed.map(({ entry }) => entry.path);
  assert.ok(paths?.includes("var/lib/dpkg/status.d/a"));
  assert.equal(paths?.includes("var/lib/dpkg/status.d/a.md5sums"), false);
});

test("a record has the checksums of those files that shipped, wherever the package says that they are", async () => {
  const packages = { a: [file("lib/a"), file("usr/share/doc/a"), dir("usr/share/empty")] };
  const parts = await laidOut(packages, { exclude: ["/usr/share/doc/**"] });
  const record = parts[1]?.placed.find(({ entry }) => entry.path.endsWith("a.md5sums"));
  assert.equal(await textOf(record), `${"0".repeat(32)}  lib/a\n`);
});

test("of a file with several names those that ship share it, also when the first is left out or replaced", async () => {
  const samples = [
    file("usr/bin/a", "#!/bin/none\n"),
    hard("usr/bin/b", "usr/bin/a"),
    hard("usr/bin/c", "usr/bin/a"),
  ];
  for (const recipe of [{ exclude: ["/usr/bin/a"] }, { files: [own("/usr/bin/a")] }]) {
    const parts = await laidOut({ p: samples }, recipe);
    const [b, c] = parts[1]?.placed.filter(({ entry }) => /bin\/[bc]$/.test(entry.path)) ?? [];
    assert.deepEqual(
      [b?.entry.kind, b?.entry.size, c?.entry.kind, c?.entry.link],
      ["file", 12, "hardlink", "usr/bin/b"],
    );
    assert.equal(await textOf(b), "#!/bin/none\n");
    assert.equal(b?.program?.kind, "script", "it is proved under the name that is left");
    mergedParts(parts);
  }
});

test("rights of directories are those of the first package that has them, in every layer; the recipe's are above", async () => {
  const packages = {
    a: [dir("root", { mode: 0o700 }), dir("srv", { mode: 0o750, gid: 5 }), file("srv/a")],
    b: [dir("srv", { mode: 0o777 }), file("srv/b")],
  };
  const recipe: Partial<Recipe> = {
    files: [own("/root/.profile"), own("/opt/app/x")],
    directories: [{ path: "/opt", mode: 0o711, uid: 1, gid: 2 }],
  };
  for (const layers of ["single", "origin"] as const) {
    const tree = mergedParts(await laidOut(packages, { ...recipe, layers })) as Record<
      string,
      Record<string, unknown>
    >;
    assert.deepEqual(
      ["/root", "/srv", "/opt", "/opt/app"].map((path) => [
        tree[path]?.mode,
        tree[path]?.uid,
        tree[path]?.gid,
      ]),
      [
        [0o700, 0, 0],
        [0o750, 0, 5],
        [0o711, 1, 2],
        [0o755, 0, 0],
      ],
    );
  }
});

test("bits for other users' rights, extended attributes and names that are no text stay as they are", async () => {
  const odd = decodeName(Buffer.from([0x66, 0xff, 0xfe]));
  const xattrs = { "security.capability": Buffer.from([1, 2]) };
  const samples = [
    file("usr/bin/su", "x", { mode: 0o4755 }),
    file("usr/bin/ping", "x", { xattrs }),
    file(`etc/${odd}`),
  ];
  const parts = await laidOut({ p: samples }, { exclude: ["/usr/share/**"] });
  const entries = parts[1]?.placed.map(({ entry }) => entry) ?? [];
  assert.equal(entries.find(({ path }) => path === "usr/bin/su")?.mode, 0o4755);
  assert.deepEqual(entries.find(({ path }) => path === "usr/bin/ping")?.xattrs, xattrs);
  assert.ok(entries.some(({ path }) => path === `etc/${odd}`));
});

test("a slice is what its patterns say, and what is included stays although it is excluded", async () => {
  const samples = [
    file("usr/lib/a.so"),
    file("usr/bin/a"),
    file("usr/share/doc/a/copyright"),
    file("usr/share/doc/a/x"),
  ];
  const packages = [{ name: "a", slices: ["s"], only: ["/usr/lib/**", "/usr/share/doc/**"] }];
  const recipe = { packages, exclude: ["/usr/share/doc/**"], include: ["/usr/share/doc/*/copyright"] };
  assert.deepEqual(pathsOf(await laidOut({ a: samples }, recipe)), [
    [
      "usr",
      "usr/lib",
      "usr/lib/a.so",
      "usr/share",
      "usr/share/doc",
      "usr/share/doc/a",
      "usr/share/doc/a/copyright",
    ],
  ]);
});
