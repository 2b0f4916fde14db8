import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { parentPath } from "../tree/index.ts";
import type { OpenedPackage } from "./arrange.ts";
import { dir, file, hard, laidOut, link, own } from "./arrange-fixtures.ts";
import { openedPackage, resolved, type Sample } from "./fixtures.ts";
import { dependenciesFirst } from "./layer-groups.ts";
import { mergedParts } from "./merged-fixtures.ts";

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
