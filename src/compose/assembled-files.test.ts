import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes, sha256 } from "../base/index.ts";
import type { RecipeFile } from "../recipe/index.ts";
import { assembledFiles } from "./assembled-files.ts";
import { openedPackage, resolved } from "./fixtures.ts";
import type { PackageLayer } from "./package-layer.ts";

function packageOf(files: Readonly<Record<string, string>>): PackageLayer {
  return openedPackage(
    resolved("x"),
    Object.entries(files).map(([path, text]) => ({ path, text })),
  );
}

function file(parts: RecipeFile["parts"]): RecipeFile {
  return { path: "/srv/all.sql", mode: 0o600, uid: 1, gid: 2, content: "", ...(parts && { parts }) };
}

test("texts and files of packages follow one another, also a file that says lib for usr/lib", async () => {
  const packages = [packageOf({ "usr/share/a.sql": "A;\n" }), packageOf({ "lib/b.sql": "B;\n" })];
  const parts = ["first\n", { file: "/usr/lib/b.sql" }, { file: "/usr/share/a.sql" }, "last\n"];
  const [placed, ...others] = await assembledFiles(packages, { files: [file(parts)], mtime: 9 });
  assert.deepEqual(others, []);
  const text = "first\nB;\nA;\nlast\n";
  const facts = {
    path: "srv/all.sql",
    kind: "file",
    mode: 0o600,
    uid: 1,
    gid: 2,
    mtime: 9,
    size: text.length,
    digest: sha256(text),
  };
  assert.deepEqual(placed?.entry, facts);
  assert.ok(placed?.read);
  assert.equal((await collectBytes(placed.read())).toString(), text);
});

test("a part that no package has is an error that names it", async () => {
  const packages = [packageOf({ "usr/share/a.sql": "A;\n" })];
  const files = [file(["x", { file: "/usr/share/none.sql" }])];
  await assert.rejects(assembledFiles(packages, { files, mtime: 0 }), {
    code: "user-bad-recipe",
    message: "no package of the recipe has /usr/share/none.sql, a part of /srv/all.sql",
  });
});

test("files of plain text are not its business", async () => {
  assert.deepEqual(await assembledFiles([], { files: [file(undefined)], mtime: 0 }), []);
});
