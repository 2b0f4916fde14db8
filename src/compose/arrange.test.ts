import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeName, TareError } from "../base/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { parentPath } from "../tree/index.ts";
import { arrange, type LayerPart, type OpenedPackage } from "./arrange.ts";
import {
  mergedParts,
  openedPackage,
  ROOT,
  recipeOf,
  refuses,
  resolved,
  type Sample,
  textOf,
} from "./fixtures.ts";
import { dependenciesFirst } from "./layer-groups.ts";

type Packages = Readonly<Record<string, readonly Sample[]>>;

function opened(packages: Packages, replaces: Readonly<Record<string, readonly string[]>> = {}) {
  return Object.entries(packages).map(([name, samples]) =>
    openedPackage(resolved(name, { replaces: replaces[name] ?? [] }), samples),
  );
}

function laidOut(
  packages: Packages | readonly OpenedPackage[],
  recipe: Partial<Recipe> = {},
): Promise<readonly LayerPart[]> {
  const all = Array.isArray(packages) ? (packages as readonly OpenedPackage[]) : opened(packages as Packages);
  return arrange(recipeOf({ ...recipe, packages: [...(recipe.packages ?? [])] }), { packages: all, npm: [] });
}

/** Paths of the parts, but for those of the merged /usr and of the records. */
function pathsOf(parts: readonly LayerPart[]): readonly (readonly string[])[] {
  return parts
    .slice(1)
    .map(({ placed }) =>
      placed.map(({ entry }) => entry.path).filter((path) => !/^var(\/lib(\/dpkg.*)?)?$/.test(path)),
    );
}

const dir = (path: string, more: Partial<Sample> = {}): Sample => ({ path, kind: "dir", ...more });
const link = (path: string, target: string): Sample => ({ path, kind: "symlink", mode: 0o777, link: target });
const file = (path: string, text = "x", more: Partial<Sample> = {}): Sample => ({ path, text, ...more });
const hard = (path: string, target: string): Sample => ({ path, kind: "hardlink", link: target });
const own = (path: string) => ({ path, ...ROOT, content: "own" });

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

const NAMES = ["a", "b", "c"] as const;
const PATHS = [
  "etc",
  "lib",
  "usr/lib",
  "etc/x",
  "etc/y",
  "lib/x",
  "usr/lib/x",
  "usr/lib/x/z",
  "var/run",
  "var/run/p",
];
const KINDS = ["file", "dir", "symlink"] as const;

/** Samples that a tar may hold: nothing lies in what is no directory; some files have a second name. */
const SAMPLES = fc
  .record({
    kinds: fc.dictionary(fc.constantFrom(...PATHS), fc.constantFrom(...KINDS), { maxKeys: 6 }),
    mode: fc.constantFrom(0o755, 0o700, 0o2775),
    second: fc.boolean(),
  })
  .map(({ kinds, mode, second }): readonly Sample[] => {
    const isDirectory = (path: string): boolean =>
      path === "" || ((kinds[path] ?? "dir") === "dir" && isDirectory(parentPath(path)));
    const samples = Object.entries(kinds)
      .filter(([path]) => isDirectory(parentPath(path)))
      .map(([path, kind]) =>
        kind === "symlink" ? link(path, "target") : { ...file(path, path, { mode }), kind },
      );
    const first = samples
      .filter(({ kind }) => kind === "file")
      .map(({ path }) => path)
      .sort()[0];
    const plain = samples.map((sample) => (sample.kind === "dir" ? dir(sample.path, { mode }) : sample));
    return first !== undefined && second ? [...plain, hard("zz", first)] : plain;
  });

const RECIPE = fc.record({
  exclude: fc.subarray(["/etc/x", "/usr/lib/**", "/zz"]),
  include: fc.subarray(["/usr/lib/x/z"]),
  files: fc.subarray(["/etc/x", "/zz"]).map((paths) => paths.map(own)),
  links: fc.subarray(["/var/run", "/etc/y"]).map((paths) => paths.map((path) => ({ path, target: "/run" }))),
  directories: fc
    .subarray(["/etc", "/var/run/p"])
    .map((paths) => paths.map((path) => ({ path, mode: 0o711, uid: 7, gid: 7 }))),
});

const PACKAGE = fc.record({
  samples: SAMPLES,
  replaces: fc.subarray([...NAMES]),
  depends: fc.subarray([...NAMES]),
  source: fc.constantFrom("s", "t"),
});

/** The merged tree, or why there is none. */
async function outcome(packages: readonly OpenedPackage[], recipe: Partial<Recipe>): Promise<unknown> {
  const inOrder = dependenciesFirst(packages.map(({ info }) => info));
  const byName = new Map(packages.map((one) => [one.info, one]));
  try {
    return mergedParts(
      await laidOut(
        inOrder.map((info) => byName.get(info) as OpenedPackage),
        recipe,
      ),
    );
  } catch (error) {
    if (error instanceof TareError && error.code !== "integrity-store") return error.message;
    throw error;
  }
}

test("however packages are ordered and grouped the tree is the same, or refused for the same reason", async () => {
  let trees = 0;
  await fc.assert(
    fc.asyncProperty(fc.tuple(PACKAGE, PACKAGE, PACKAGE), RECIPE, async (contents, recipe) => {
      const packages = contents.map(({ samples, ...facts }, at) =>
        openedPackage(resolved(NAMES[at] as string, facts), samples),
      );
      const expected = await outcome(packages, { ...recipe, layers: "package" });
      trees += Number(typeof expected === "object");
      for (const layers of ["single", "origin"] as const)
        assert.deepEqual(await outcome(packages, { ...recipe, layers }), expected, layers);
      assert.deepEqual(
        await outcome(packages.toReversed(), { ...recipe, layers: "origin" }),
        expected,
        "order",
      );
    }),
    { numRuns: 600 },
  );
  assert.ok(trees > 50, `${trees} trees`);
});
