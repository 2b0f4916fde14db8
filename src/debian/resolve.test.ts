import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { type Packages, packagesText } from "./fixtures.ts";
import { indexPackages, type PackageIndex, type PackagesFile } from "./package-index.ts";
import { type Choices, resolvePackages } from "./resolve.ts";
import type { ResolveRequest } from "./resolved.ts";

function packagesFile(packages: Packages): PackagesFile {
  return { bytes: Buffer.from(packagesText(packages)), repository: "debian" };
}

function indexOf(...files: readonly Packages[]): PackageIndex {
  return indexPackages(files.map(packagesFile));
}

type Wishes = Partial<Omit<ResolveRequest, "sources">>;

function choices(packages: Packages | PackageIndex, wishes: Wishes): Choices {
  const index = isIndex(packages) ? packages : indexOf(packages);
  return resolvePackages(index, { architecture: "amd64", packages: [], dependencies: "follow", ...wishes });
}

function isIndex(packages: Packages | PackageIndex): packages is PackageIndex {
  return typeof packages.find === "function";
}

function resolved(packages: Packages, ...wanted: readonly string[]): readonly string[] {
  return choices(packages, { packages: wanted }).packages.map(({ name }) => name);
}

function refused(packages: Packages, ...wanted: readonly string[]): string {
  let message = "";
  assert.throws(
    () => resolved(packages, ...wanted),
    (error) => {
      assert.ok(error instanceof TareError, "it is a TareError");
      assert.equal(error.code, "resolve-package");
      assert.ok(error.facts.hint, "it has a hint");
      message = error.message;
      return true;
    },
  );
  return message;
}

test("everything that a package depends on comes with it, recommendations do not", () => {
  const packages = {
    app: { "Pre-Depends": "init", Depends: "lib (>= 1), data", Recommends: "docs", Suggests: "extra" },
    init: {},
    lib: { Depends: "libc" },
    data: {},
    libc: {},
    docs: {},
    extra: {},
  };
  assert.deepEqual(resolved(packages, "app"), ["app", "data", "init", "lib", "libc"]);
  assert.deepEqual(resolved(packages, "libc", "data", "libc"), ["data", "libc"]);
  assert.deepEqual(resolved(packages), []);
});

test("a circle of dependencies ends", () => {
  const packages = { a: { Depends: "b" }, b: { Depends: "c, a" }, c: { Depends: "a, c" } };
  assert.deepEqual(resolved(packages, "b"), ["a", "b", "c"]);
});

test("the first alternative that exists in the right version is taken", () => {
  const packages = {
    app: { Depends: "gone | old (>= 2) | good (>= 2) | other" },
    old: {},
    good: { Version: "2" },
    other: {},
  };
  assert.deepEqual(resolved(packages, "app"), ["app", "good"]);
});

test("an alternative that is already chosen needs no other", () => {
  const packages = { app: { Depends: "a | b" }, a: {}, b: {} };
  assert.deepEqual(resolved(packages, "app", "b"), ["app", "b"]);
  assert.deepEqual(resolved(packages, "b", "app"), ["app", "b"]);
});

test("a virtual package is what provides it, the most important provider first", () => {
  const packages = {
    app: { Depends: "mail" },
    amta: { Provides: "other, mail", Priority: "optional" },
    zmta: { Provides: "mail (= 1)", Priority: "important" },
    none: { Provides: "mailx" },
  };
  assert.deepEqual(resolved(packages, "app"), ["app", "zmta"]);
  assert.deepEqual(resolved(packages, "app", "amta"), ["amta", "app"]);
});

test("a real package is taken before one that provides its name", () => {
  const packages = { app: { Depends: "tool" }, atool: { Provides: "tool" }, tool: {} };
  assert.deepEqual(resolved(packages, "app"), ["app", "tool"]);
});

test("a dependency on a version is only met by a provider that states a version", () => {
  const app = { Depends: "api (>= 2)" };
  assert.deepEqual(resolved({ app, bare: { Provides: "api" }, good: { Provides: "api (= 2.1)" } }, "app"), [
    "app",
    "good",
  ]);
  assert.equal(
    refused({ app, bare: { Provides: "api" }, old: { Provides: "api (= 1.9)" } }, "app"),
    "no package satisfies api (>= 2), which app needs",
  );
  assert.deepEqual(resolved({ app, api: {}, good: { Provides: "api (= 2)" } }, "app"), ["app", "good"]);
});

test("a provided name that is wanted itself is found like a dependency", () => {
  assert.equal(refused({ a: { Provides: "virtual" } }, "nothing"), "no package satisfies nothing");
});

test("a gap is told with the whole chain that leads to it", () => {
  const packages = {
    app: { Depends: "middle" },
    middle: { "Pre-Depends": "leaf (= 1)" },
    leaf: { Depends: "gone (>= 3:1) | lost" },
  };
  assert.equal(
    refused(packages, "app"),
    "no package satisfies gone (>= 3:1) | lost, which leaf, needed by middle, needed by app needs",
  );
  assert.equal(
    refused({ app: { Depends: "lib (>> 1)" }, lib: {} }, "app"),
    "no package satisfies lib (>> 1), which app needs",
  );
});

test("two packages that conflict are both named", () => {
  const packages = {
    app: { Depends: "a, b" },
    a: { Conflicts: "b (<< 3)" },
    b: { Version: "2" },
  };
  assert.equal(refused(packages, "app"), "b 2 conflicts with a 1: b is needed by app; a is needed by app");
  assert.deepEqual(resolved({ ...packages, b: { Version: "3" } }, "app"), ["a", "app", "b"]);
  assert.equal(
    refused({ ...packages, a: { Breaks: "mail" }, b: { Provides: "mail" } }, "app"),
    "b 1 conflicts with a 1: b is needed by app; a is needed by app",
  );
});

test("a package never conflicts with itself, not even by what it provides", () => {
  const packages = { a: { Provides: "mail", Conflicts: "mail, a", Breaks: "a (<< 9)" } };
  assert.deepEqual(resolved(packages, "a"), ["a"]);
});

test("the newest version of all files counts, with its fields and not those of an older one", () => {
  const old = { a: { Provides: "v", Priority: "required" }, b: { Version: "9" }, c: { Essential: "yes" } };
  const fresh = { a: { Version: "2" }, b: { Version: "8", Provides: "v" } };
  for (const index of [indexOf(old, fresh), indexOf(fresh, old)]) {
    assert.equal(index.find("a")?.version, "2");
    assert.equal(index.find("b")?.version, "9");
    assert.deepEqual(
      index.base().map(({ name }) => name),
      ["c"],
    );
    assert.deepEqual(
      index.versions("b").map(({ version }) => version),
      ["9", "8"],
    );
    assert.throws(() => choices(index, { packages: ["v"] }), /no package satisfies v/);
  }
});

test("a package tells where it is and what its bytes have to be", () => {
  const digest = "a".repeat(64);
  const text = `Package: x\nVersion: 1\nArchitecture: all\nFilename: pool/x.deb\nSize: 12\nSHA256: ${digest}\n`;
  const index = indexPackages([{ bytes: Buffer.from(text), repository: "debian" }]);
  const { fields, ...info } = index.find("x") ?? assert.fail("x is not there");
  assert.deepEqual(info, {
    name: "x",
    version: "1",
    architecture: "all",
    repository: "debian",
    path: "pool/x.deb",
    size: 12,
    sha256: `sha256:${digest}`,
  });
  assert.equal(fields.get("Filename"), "pool/x.deb");
});

test("what is resolved is closed under dependencies and the same for every order of wishes", () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const subset = fc.subarray(names);
  fc.assert(
    fc.property(fc.array(subset, { minLength: 6, maxLength: 6 }), subset, (needs, wanted) => {
      const packages = Object.fromEntries(
        names.map((name, at) => [name, { Depends: (needs[at] ?? []).join(", ") }]),
      );
      const found = resolved(packages, ...wanted);
      for (const name of found)
        for (const other of needs[names.indexOf(name)] ?? []) assert.equal(found.includes(other), true);
      assert.deepEqual(resolved(packages, ...wanted.toReversed()), found);
      assert.equal(
        wanted.every((name) => found.includes(name)),
        true,
      );
    }),
  );
});

test("what can not be had names the package that somebody wrote down, and one of a similar name", () => {
  const problem = (packages: Packages, ...wanted: readonly string[]) => {
    try {
      choices(packages, { packages: wanted });
    } catch (error) {
      if (error instanceof TareError) return [error.facts.subject, error.facts.hint?.slice(0, 22)];
    }
    return assert.fail("it resolves");
  };
  assert.deepEqual(problem({ libpq5: {} }, "libpq55"), ["libpq55", "did you mean libpq5?"]);
  assert.deepEqual(problem({ a: { Provides: "editor" } }, "edtior"), ["edtior", "did you mean editor?"]);
  assert.deepEqual(
    problem({ app: { Depends: "lib" }, lib: { Depends: "gone" } }, "app"),
    ["app", "check the name, the ver"].map((text) => text.slice(0, 22)),
  );
  assert.deepEqual(problem({ a: { Conflicts: "b" }, b: {} }, "a", "b")[0], "b");
});
