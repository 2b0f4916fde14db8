import assert from "node:assert/strict";
import { test } from "node:test";
import { dir, file, laidOut, link, opened, own, pathsOf } from "./arrange-fixtures.ts";
import { ROOT, refuses, textOf } from "./fixtures.ts";
import { mergedParts } from "./merged-fixtures.ts";

test("a link of the recipe stands where a package has an empty directory, and over none that is in use", async () => {
  const recipe = {
    links: [{ path: "/var/run", target: "/run" }],
    directories: [{ path: "/run", ...ROOT, mode: 0o755 }],
  };
  const parts = await laidOut(
    { "base-files": [dir("var"), dir("var/run"), dir("var/tmp", { mode: 0o1777 })] },
    recipe,
  );
  const tree = mergedParts(parts) as Record<string, { kind: string; mode: number }>;
  assert.deepEqual(
    [tree["/var/run"]?.kind, tree["/run"]?.kind, tree["/var/tmp"]?.mode],
    ["symlink", "dir", 0o1777],
  );
  assert.equal(
    parts[1]?.placed.some(({ entry }) => entry.path === "var/run"),
    false,
  );
  for (const layers of ["single", "origin", "package"] as const)
    await assert.rejects(
      laidOut({ old: [file("var/run/old/pid")] }, { ...recipe, layers }),
      refuses("user-bad-recipe", /^old has something in \/var\/run, which the recipe makes a link to \/run$/),
    );
});

test("the recipe puts nothing through a package's link, nor into a file", async () => {
  const packages = { a: [link("srv", "/var/srv"), file("etc/a")] };
  await assert.rejects(
    laidOut(packages, { files: [own("/srv/x")] }),
    refuses("user-bad-recipe", /^the recipe has something in \/srv, which a makes a link to \/var\/srv$/),
  );
  await assert.rejects(
    laidOut(packages, { directories: [{ path: "/etc/a/b", ...ROOT }] }),
    refuses("user-bad-recipe", /^the recipe has something in \/etc\/a, which a makes a file$/),
  );
  await assert.rejects(
    laidOut({}, { files: [own("/x/y")], links: [{ path: "/x", target: "z" }] }),
    refuses("user-bad-recipe", /^the recipe has something in \/x, which the recipe makes a link to z$/),
  );
});

test("two packages bring one file only where one replaces the other's, in whatever layers they are", async () => {
  const samples = { a: [file("etc/x", "of a"), file("etc/a")], b: [file("etc/x", "of b"), dir("etc/d")] };
  for (const layers of ["single", "origin", "package"] as const) {
    await assert.rejects(
      laidOut(samples, { layers }),
      refuses("resolve-package", /^a and b both bring \/etc\/x$/),
    );
    for (const [replaces, text] of [
      [{ a: ["b"] }, "of a"],
      [{ b: ["a"] }, "of b"],
    ] as const) {
      const parts = await laidOut(opened(samples, replaces), { layers });
      const bringing = parts.flatMap(({ placed }) => placed.filter(({ entry }) => entry.path === "etc/x"));
      assert.equal(bringing.length, 1);
      assert.equal(await textOf(bringing[0]), text);
    }
  }
});

test("a file where another package has a directory, or something in one, is refused whoever replaces whom", async () => {
  const replaces = { a: ["b"], b: ["a"] };
  await assert.rejects(
    laidOut(opened({ a: [file("x")], b: [dir("x")] }, replaces)),
    refuses("resolve-package", /^a and b both bring \/x$/),
  );
  await assert.rejects(
    laidOut(opened({ a: [link("x", "y")], b: [file("x/z")] }, replaces)),
    refuses("resolve-package", /^b has something in \/x, which a makes a link to y$/),
  );
});

test("one package that brings a path with and without /usr is refused, but a directory is one", async () => {
  await assert.rejects(
    laidOut({ a: [file("lib/x"), file("usr/lib/x")] }),
    refuses("resolve-package", /^a brings \/usr\/lib\/x twice, once without \/usr$/),
  );
  const parts = await laidOut({
    a: [dir("lib"), dir("lib/d"), file("lib/d/x"), dir("usr/lib/d"), file("usr/lib/d/y")],
  });
  assert.deepEqual(pathsOf(parts), [["usr", "usr/lib", "usr/lib/d", "usr/lib/d/x", "usr/lib/d/y"]]);
});
