import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { collectBytes, sha256, streamOf } from "../base/index.ts";
import { programFacts } from "../closure/index.ts";
import { tarFile } from "../debian/fixtures.ts";
import { openStore } from "../store/index.ts";
import { openedPackage, refuses, resolved, textOf } from "./fixtures.ts";
import { movedPath, npmFiles } from "./npm-files.ts";
import type { PackageLayer } from "./package-layer.ts";

const PACKAGE = openedPackage(resolved("tool"), [
  { path: "package/bin/tool", text: "#!/usr/bin/node\n", mode: 0o775, uid: 1000 },
  { path: "package/lib/a.js", text: "a", mode: 0o664 },
  { path: "package/lib/deep/b.js", text: "b", mode: 0o600 },
  { path: "package/library", text: "c" },
  { path: "package/link", kind: "symlink", link: "lib" },
]);

function taken(files: Readonly<Record<string, string>>) {
  const moves = Object.entries(files).map(([from, to]) => ({ from, to }));
  return npmFiles(PACKAGE, { name: "tool", version: "1", files: moves });
}

test("files and whole folders go where the recipe says, as root's", async () => {
  const placed = await taken({ "bin/tool": "/usr/bin/tool", lib: "/usr/lib/tool" });
  assert.deepEqual(
    placed.map(({ entry: { path, mode, uid } }) => [path, mode, uid]),
    [
      ["usr/bin/tool", 0o755, 0],
      ["usr/lib/tool/a.js", 0o644, 0],
      ["usr/lib/tool/deep/b.js", 0o644, 0],
    ],
  );
  assert.equal(await textOf(placed[0]), "#!/usr/bin/node\n");
  assert.equal(placed[0]?.program?.kind, "script");
});

test("what the package does not have is an error that names it, links among it", async () => {
  for (const from of ["bin/too", "package/bin/tool", "link", "lib/deep/b"])
    await assert.rejects(
      taken({ [from]: "/x" }),
      refuses("user-bad-recipe", new RegExp(`^the npm package tool has no ${from}$`)),
    );
});

test("programs lose what is behind all that is loaded of them, and keep what they say; other files stay", async () => {
  const program = readFileSync("/bin/true");
  const folder = mkdtempSync(join(tmpdir(), "tare-npm-files-"));
  const store = await openStore(folder);
  try {
    const large = Buffer.concat([program, Buffer.alloc(200_000)]);
    const tar = Buffer.concat([
      tarFile("package/bin/true", large),
      tarFile("package/a", "a"),
      Buffer.alloc(1024),
    ]);
    const layer = await store.layers.addTar(streamOf(tar));
    const facts = { programs: { "package/bin/true": programFacts(program) } };
    const opened = { layer, facts } as unknown as PackageLayer;
    const moves = [
      { from: "bin/true", to: "/usr/bin/true" },
      { from: "a", to: "/a" },
    ];
    const request = { name: "tool", version: "1", files: moves };
    const [whole] = await npmFiles(opened, request);
    const [small, text] = await npmFiles(opened, { ...request, strip: true });
    assert.ok(small && whole && small.entry.size < program.length && whole.entry.size > program.length);
    const bytes = await collectBytes(small.read?.() ?? assert.fail("a file"));
    assert.deepEqual([bytes.length, sha256(bytes)], [small.entry.size, small.entry.digest]);
    assert.deepEqual(programFacts(bytes), small.program);
    assert.equal(await textOf(text), "a");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("paths move by whole components, from any root of the archive", () => {
  const cases: readonly (readonly [string, string, string, string | undefined])[] = [
    ["package/a", "a", "/x", "x"],
    ["other/a", "a", "/x", "x"],
    ["package/a", "a", "/x/", "x/a"],
    ["package/a/b", "a", "/x", "x/b"],
    ["package/a/b", "a/", "/x/", "x/b"],
    ["package/ab", "a", "/x", undefined],
    ["package/a/b", "", "/x", "x/a/b"],
    ["package/a", "b", "/x", undefined],
    ["package/a", "a", "/", "a"],
  ];
  for (const [path, from, to, expected] of cases)
    assert.equal(movedPath(path, { from, to }), expected, `${path} ${from} ${to}`);
});
