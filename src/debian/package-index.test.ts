import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { packagesText } from "./fixtures.ts";
import { indexPackages } from "./package-index.ts";
import { resolvePackages } from "./resolve.ts";

const file = (text: string, repository = "debian", priority = 500) => ({
  bytes: Buffer.from(text),
  repository,
  priority,
});

test("every version is there, by priority and then newest first; one that is twice counts where it is first", () => {
  const index = indexPackages([
    file(packagesText({ "a=1": {}, "a=3": {} }), "one"),
    file(packagesText({ "a=3": {}, "a=2": {} }), "two"),
    file(packagesText({ "a=4": {}, "a=1": {} }), "low", 100),
  ]);
  const told = index.versions("a").map(({ version, repository }) => `${version} ${repository}`);
  assert.deepEqual(told, ["3 one", "2 two", "1 one", "4 low"]);
  assert.equal(index.find("a")?.version, "3");
  assert.deepEqual(index.versions("b"), []);
});

test("a package is opened once, wherever it is asked for", () => {
  const index = indexPackages([file(packagesText({ a: { Provides: "v", Priority: "required" } }))]);
  assert.equal(index.find("a"), index.providers("v")[0]);
  assert.equal(index.find("a"), index.base()[0]);
});

test("a package whose hash is missing is told by its name, when its hash is asked for", () => {
  const index = indexPackages([file("Package: a\nVersion: 1\nMD5sum: 1\n")]);
  assert.throws(
    () => index.find("a")?.sha256,
    (error) => error instanceof TareError && /no SHA256 of a 1/.test(error.message) && !!error.facts.hint,
  );
});

test("a list that is not one has packages or has none, and never throws anything of its own", () => {
  const piece = fc.constantFrom(
    "Package: a\n",
    "Version: 1\n",
    "Version: 2:~\n",
    "Provides: a, b (= 1), :, (\n",
    "Depends: a | , b (>> 1), [x] <!y>\n",
    "Essential: yes\n",
    "Priority: required\n",
    "Conflicts: b\n",
    "\n",
    " continued\n",
    "Package: b\n",
    "Package:\n",
    "\0\xff",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const index = indexPackages([file(pieces.join(""))]);
      const packages = ["a", "b", ...index.base().map(({ name }) => name)].filter((name) =>
        /^[a-z]$/.test(name),
      );
      try {
        resolvePackages(index, { architecture: "amd64", packages, dependencies: "follow", shellless: true });
      } catch (error) {
        assert.ok(error instanceof TareError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("a chosen package with a name or path that leads elsewhere is refused, even where it is signed", () => {
  const resolve = (text: string) =>
    resolvePackages(indexPackages([file(text)]), {
      architecture: "amd64",
      packages: ["a"],
      dependencies: "follow",
    });
  const fields = (more: Readonly<Record<string, string>>) => packagesText({ a: more });
  assert.equal(resolve(fields({})).packages.length, 1);
  for (const more of [{ Filename: "../a.deb" }, { Source: "../b" }, { Section: "\u001b[2J" }])
    assert.throws(() => resolve(fields(more)), { code: "integrity-archive" });
});
