import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { type Packages, packagesText } from "./fixtures.ts";
import { indexPackages } from "./package-index.ts";
import { accepts, parseRelations, parseWanted, type Relation } from "./relation.ts";
import { resolvePackages } from "./resolve.ts";

/** `name version` of what is chosen; a suite each, the first ones automatic, that after them not. */
function chosen(packages: Packages | readonly Packages[], ...wanted: readonly string[]): readonly string[] {
  const suites = Array.isArray(packages) ? (packages as readonly Packages[]) : [packages as Packages];
  const index = indexPackages(
    suites.map((suite, at) => ({
      bytes: Buffer.from(packagesText(suite)),
      repository: `suite${at}`,
      priority: at < 2 ? 500 : 100,
    })),
  );
  const request = { architecture: "amd64", packages: wanted, dependencies: "follow" } as const;
  return resolvePackages(index, request).packages.map(({ name, version }) => `${name} ${version}`);
}

function refused(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof TareError, String(error));
    assert.equal(error.code, "resolve-package");
    assert.ok(error.facts.hint, "it has a hint");
    return error.message;
  }
  return assert.fail("it was resolved");
}

test("a wish may state a version, in the way of a field and in that of apt", () => {
  const suites = [
    { "lib=1": {}, app: { Depends: "lib" } },
    { "lib=2": {}, "lib=3": {} },
  ];
  assert.deepEqual(chosen(suites, "app"), ["app 1", "lib 3"]);
  for (const wish of ["lib=2", "lib (= 2)", "lib (<< 3)", " lib  ( <= 2 ) "])
    assert.deepEqual(chosen(suites, "app", wish), ["app 1", "lib 2"], wish);
  assert.deepEqual(chosen(suites, "lib (>= 2)"), ["lib 3"]);
  assert.equal(
    refused(() => chosen(suites, "lib=4")),
    "no package satisfies lib (= 4)",
  );
});

test("what is no name of a package is refused as the recipe's mistake", () => {
  for (const wish of ["", "Lib", "lib >= 2", "lib (2)", "lib | other", "lib=", "lib (= 1) x", "a,b"])
    assert.throws(
      () => parseWanted(wish),
      (error) => error instanceof TareError && error.code === "user-bad-recipe" && !!error.facts.hint,
      wish,
    );
});

test("a pin brings the old versions that it needs, and says which newer ones there are", () => {
  const suites = [
    { "app=1": { Depends: "lib (= 1)" }, "lib=1": {} },
    { "app=2": { Depends: "lib (= 2)" }, "lib=2": {}, tool: { Depends: "lib" } },
  ];
  assert.deepEqual(chosen(suites, "app"), ["app 2", "lib 2"]);
  assert.deepEqual(chosen(suites, "app=1", "tool"), ["app 1", "lib 1", "tool 1"]);
  const index = indexPackages(
    suites.map((suite) => ({ bytes: Buffer.from(packagesText(suite)), repository: "debian" })),
  );
  const wishes = { architecture: "amd64", packages: ["app=1"], dependencies: "follow" } as const;
  assert.deepEqual(
    resolvePackages(index, wishes).packages.map(({ newer }) => newer),
    ["2", "2"],
  );
});

test("nothing but a pin brings an old version, even if nothing else fits", () => {
  const suites = [{ "lib=1": {}, app: { Depends: "lib (= 1)" } }, { "lib=2": {} }];
  assert.equal(
    refused(() => chosen(suites, "app")),
    "no package satisfies lib (= 1), which app needs",
  );
});

test("a suite that asks not to be used automatically is used for what others have not", () => {
  const suites = [
    { "lib=1": {}, "app=1": { Depends: "lib" } },
    {},
    { "lib=2": {}, "app=2": { Depends: "lib (>= 2)" }, "extra=1": { Depends: "lib" } },
  ];
  assert.deepEqual(chosen(suites, "app"), ["app 1", "lib 1"]);
  assert.deepEqual(chosen(suites, "extra"), ["extra 1", "lib 1"]);
  assert.deepEqual(chosen(suites, "app (>= 2)"), ["app 2", "lib 2"]);
});

test("an alternative that conflicts gives way to the next one", () => {
  const packages = {
    app: { Depends: "mta | msmtp, lib" },
    mta: { Conflicts: "lib" },
    msmtp: {},
    lib: {},
  };
  assert.deepEqual(chosen(packages, "app"), ["app 1", "lib 1", "msmtp 1"]);
  const breaks = { ...packages, mta: {}, lib: { Breaks: "mta (<< 2)" } };
  assert.deepEqual(chosen(breaks, "app"), ["app 1", "lib 1", "msmtp 1"]);
});

test("a choice that leads to a conflict further down is taken back", () => {
  const packages = {
    app: { Depends: "a | b, x | y, z" },
    a: { Depends: "deep" },
    deep: { Depends: "deeper | deepest" },
    deeper: { Conflicts: "z" },
    deepest: { Depends: "gone" },
    b: {},
    x: {},
    y: {},
    z: {},
  };
  assert.deepEqual(chosen(packages, "app"), ["app 1", "b 1", "x 1", "z 1"]);
});

test("a conflict without a way out is told with both chains", () => {
  const packages = {
    app: { Depends: "left" },
    left: { Depends: "a" },
    a: {},
    tool: { Depends: "b" },
    b: { Conflicts: "a" },
  };
  assert.equal(
    refused(() => chosen(packages, "app", "tool")),
    "a 1 conflicts with b 1: a is needed by left, needed by app; b is needed by tool",
  );
  const pins = [{ "lib=1": {}, app: { Depends: "lib (>= 2)" } }, { "lib=2": {} }];
  assert.equal(
    refused(() => chosen(pins, "app", "lib=1")),
    "lib 2 and lib 1 can not both be had: lib is needed by app; lib is named",
  );
});

test("qualifiers and restrictions of architectures are obeyed", () => {
  const packages = {
    perl: { "Multi-Arch": "allowed" },
    tool: { "Multi-Arch": "foreign" },
    lib: { "Multi-Arch": "same" },
    data: { Architecture: "all" },
    app: {
      Depends: "perl:any, tool:native, lib:amd64, data:amd64, gone [arm64], lost [!amd64 !i386], x <nodoc>",
    },
    odd: { Depends: "lib:any" },
    far: { Depends: "lib:arm64" },
    some: { Depends: "data [linux-any], perl [any-amd64] <!nodoc>" },
  };
  assert.deepEqual(chosen(packages, "app"), ["app 1", "data 1", "lib 1", "perl 1", "tool 1"]);
  assert.deepEqual(chosen(packages, "some"), ["data 1", "perl 1", "some 1"]);
  assert.match(
    refused(() => chosen(packages, "odd")),
    /^no package satisfies lib:any, which odd needs$/,
  );
  assert.match(
    refused(() => chosen(packages, "far")),
    /lib:arm64/,
  );
});

test("a search without an end is cut off with a clear error", () => {
  // Pigeons, each of which needs a hole of its own: nothing learns that from the outcome of single holes.
  const pigeons = Array.from({ length: 12 }, (_, at) => at);
  const holes = pigeons.slice(1);
  const packages: Record<string, Record<string, string>> = {
    all: { Depends: pigeons.map((at) => `pigeon${at}`).join(", ") },
  };
  for (const pigeon of pigeons) {
    packages[`pigeon${pigeon}`] = { Depends: holes.map((hole) => `p${pigeon}h${hole}`).join(" | ") };
    for (const hole of holes)
      packages[`p${pigeon}h${hole}`] = { Provides: `hole${hole}`, Conflicts: `hole${hole}` };
  }
  const began = Date.now();
  assert.match(
    refused(() => chosen(packages, "all")),
    /in 100000 tries/,
  );
  assert.ok(Date.now() - began < 30_000, "it took too long");
});

const NAMES = ["a", "b", "c", "d", "e"];
const relation = fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom("", " (>= 2)", " (<< 2)", " (= 1)"));
const clause = fc.array(relation, { minLength: 1, maxLength: 2 });
const field = (most: number) =>
  fc
    .array(clause, { maxLength: most })
    .map((clauses) => clauses.map((items) => items.map((item) => item.join("")).join(" | ")).join(", "));
const conflicts = fc
  .array(relation, { maxLength: 1 })
  .map((items) => items.map((item) => item.join("")).join(", "));
const fields = fc.record({
  Depends: field(2),
  Conflicts: conflicts,
  Provides: fc.constantFrom("", "", "", "a", "v (= 2)", "b (= 1)"),
});
const universe = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom("1", "2"), fields), {
    minLength: 4,
    maxLength: 9,
  })
  .map((list) => Object.fromEntries(list.map(([name, version, one]) => [`${name}=${version}`, one])));

/** One version of a package, as the brute force sees it. */
interface Plain {
  readonly name: string;
  readonly version: string;
  readonly fields: Readonly<Record<string, string>>;
}

function plain(packages: Packages): readonly Plain[] {
  return Object.entries(packages).map(([key, one]) => {
    const [name = "", version = ""] = key.split("=");
    return { name, version, fields: one };
  });
}

function fits(one: Plain, wanted: Relation): boolean {
  if (one.name === wanted.name && accepts(wanted, one.version)) return true;
  return parseRelations(one.fields.Provides).some(
    ([item]) =>
      item?.name === wanted.name &&
      (wanted.version === undefined || (item.version !== undefined && accepts(wanted, item.version))),
  );
}

/** Whether packages are a system: one version of each, nothing missing, nothing in conflict. */
function isSystem(set: readonly Plain[], wanted: readonly Relation[]): boolean {
  return (
    new Set(set.map(({ name }) => name)).size === set.length &&
    wanted.every((one) => set.some((info) => fits(info, one))) &&
    set.every((info) =>
      parseRelations(info.fields.Depends).every((options) =>
        options.some((one) => set.some((other) => fits(other, one))),
      ),
    ) &&
    set.every((info) =>
      parseRelations(info.fields.Conflicts).every(
        ([one]) => !set.some((other) => other !== info && one && fits(other, one)),
      ),
    )
  );
}

test("what is found is a system, and where there is one it is found", () => {
  let found = 0;
  fc.assert(
    fc.property(universe, fc.constantFrom("a", "b", "a (<= 2)"), (packages, wish) => {
      const all = plain(packages);
      // A pin, so that every version is an option, as it is for the brute force.
      const wanted = [parseWanted(wish), parseWanted("c (<= 2)")];
      let result: readonly string[] | undefined;
      try {
        result = chosen(packages, wish, "c (<= 2)");
      } catch (error) {
        assert.ok(error instanceof TareError && error.code === "resolve-package", String(error));
      }
      const subsets = Array.from({ length: 2 ** all.length }, (_, bits) =>
        all.filter((_one, at) => bits & (1 << at)),
      );
      const possible = subsets.some((set) => isSystem(set, wanted));
      assert.equal(result !== undefined, possible);
      if (!result) return;
      found++;
      const set = result.map((text) => all.find(({ name, version }) => text === `${name} ${version}`));
      assert.ok(set.every((one) => one !== undefined) && isSystem(set, wanted), result.join());
      assert.deepEqual(chosen(packages, "c (<= 2)", wish), result);
    }),
    { numRuns: 400 },
  );
  assert.ok(found > 20, `only ${found} could be solved at all`);
});
