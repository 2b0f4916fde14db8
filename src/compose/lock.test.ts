import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sha256, TareError } from "../base/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { formatLock, isSameLock, type LockedTarget, lockedTarget, parseLock } from "./lock.ts";

const DIGEST = sha256("recipe");

const TARGET: LockedTarget = {
  release: "13",
  architecture: "amd64",
  debug: false,
  recipe: DIGEST,
  releases: [
    { repository: "debian", suite: "trixie", codename: "trixie", date: "x", sha256: DIGEST, signedBy: ["A"] },
  ],
  packages: [
    {
      name: "libc6",
      version: "2.41-12",
      architecture: "amd64",
      source: "glibc",
      sourceVersion: "2.41-12",
      section: "libs",
      installedSize: 1024,
      repository: "debian",
      path: "pool/main/g/glibc/libc6.deb",
      size: 10,
      sha256: DIGEST,
      depends: [],
      replaces: [],
      because: ["libc6"],
    },
  ],
  npm: [{ name: "node", version: "24.0.0", integrity: `sha512-${"A".repeat(86)}==` }],
  dropped: [{ name: "debconf", by: "tzdata", relation: "debconf", rule: "without debconf", reason: "why" }],
};

const recipe = (more: Partial<Recipe> = {}) =>
  ({ release: "13", architecture: "amd64", debug: false, digest: DIGEST, ...more }) as Recipe;

const find = (targets: readonly LockedTarget[], wanted: Recipe) =>
  lockedTarget(targets, { recipe: wanted, path: "a.yaml", file: "a.lock.json" });

test("a lock says what it was given, with a line for each package", () => {
  const text = formatLock([TARGET, { ...TARGET, architecture: "arm64", npm: [], dropped: [] }]);
  assert.deepEqual(parseLock(text, "x").targets[0], TARGET);
  assert.equal(text.split("\n").filter((line) => line.includes('"name":"libc6"')).length, 2);
  assert.match(text, /\]\}\n\]\}\n$/);
});

test("the target of a recipe is that of its release, architecture and variant", () => {
  assert.equal(find([TARGET], recipe()), TARGET);
  const cases: readonly (readonly [Partial<Recipe>, RegExp, RegExp])[] = [
    [{ digest: sha256("another") }, /the recipe has changed/, /resolve a\.yaml$/],
    [{ architecture: "arm64" }, /says nothing of Debian 13 on arm64/, /resolve a\.yaml$/],
    [{ release: "12" }, /says nothing of Debian 12 on amd64/, /resolve a\.yaml$/],
    [{ debug: true }, /nothing of the variant debug for Debian 13/, /resolve a\.yaml:13-debug$/],
  ];
  for (const [more, message, hint] of cases)
    assert.throws(
      () => find([TARGET], recipe(more)),
      (error: unknown) =>
        error instanceof TareError &&
        error.code === "user-stale-lock" &&
        message.test(error.message) &&
        hint.test(error.facts.hint ?? ""),
    );
});

test("two locks are the same when their packages are, whenever the Release files were signed", () => {
  const younger = { ...TARGET, releases: TARGET.releases.map((facts) => ({ ...facts, date: "y" })) };
  assert.ok(isSameLock(TARGET, younger));
  assert.ok(!isSameLock(TARGET, { ...TARGET, npm: [] }));
  assert.ok(!isSameLock(TARGET, { ...TARGET, recipe: sha256("another") }));
});

test("what is no lock is refused, whatever it is", () => {
  const refused = (text: string) => assert.throws(() => parseLock(text, "f"), { code: "user-bad-lock" });
  for (const text of ["", "{", "null", "[]", "1", '{"version": 2, "targets": []}', '{"version": 1}'])
    refused(text);
  const whole = JSON.stringify({ version: 1, targets: [TARGET] });
  for (const name of ["debug", "recipe", "releases", "packages", "npm", "dropped"])
    refused(whole.replace(`"${name}":`, `"${name}x":`));
  for (const name of ["path", "sha256", "size", "because", "by", "integrity", "signedBy"])
    refused(JSON.stringify({ version: 1, targets: [stripped(TARGET, name)] }));
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom("targets", "version"), (value, name) => {
      const text = JSON.stringify({ version: 1, targets: [TARGET], [name]: value });
      if (name === "targets" && Array.isArray(value) && value.length === 0) return;
      if (name === "version" && value === 1) return;
      refused(text);
    }),
  );
});

test("what becomes a path or text on a screen is as Debian writes it, and nothing is there twice", () => {
  const PACKAGE = TARGET.packages[0] as (typeof TARGET.packages)[number];
  const problem = (target: object) => {
    try {
      parseLock(JSON.stringify({ version: 1, targets: [target] }), "f");
    } catch (error) {
      if (error instanceof TareError) return error.message.replace(/^.*: /, "");
    }
    return undefined;
  };
  const odd: readonly (readonly [object, string])[] = [
    [{ name: "../../etc/passwd" }, "name is not what it has to be"],
    [{ name: "a\u001b[2J" }, "name is not what it has to be"],
    [{ version: "1 2" }, "version is not what it has to be"],
    [{ architecture: "amd64/.." }, "architecture is not what it has to be"],
    [{ section: "../x" }, "section is not what it has to be"],
    [{ path: "/pool/a.deb" }, "path is not what it has to be"],
    [{ path: "pool/../../a.deb" }, "path is not what it has to be"],
    [{ path: "pool/.." }, "path is not what it has to be"],
    [{ path: "pool/\u0085a" }, "path is not what it has to be"],
    [{ size: -1 }, "size is not what it has to be"],
    [{ installedSize: 1.5 }, "installedSize is not what it has to be"],
    [{ depends: [1] }, "depends[0] is not what it has to be"],
    [{ because: "libc6" }, "because is no list"],
    [{ more: 1 }, "has an unknown key"],
  ];
  for (const [change, expected] of odd)
    assert.match(
      problem({ ...TARGET, packages: [PACKAGE, { ...PACKAGE, name: "b", ...change }] }) ?? "",
      new RegExp(`^targets\\[0\\]\\.packages\\[1\\][. ]${expected.replace(/[[\]]/g, "\\$&")}$`),
    );
  assert.equal(problem({ ...TARGET, packages: [PACKAGE, PACKAGE] }), "targets[0].packages[1] is there twice");
  assert.equal(problem({ ...TARGET, releases: ["trixie"] }), "targets[0].releases[0] is no object");
  const text = JSON.stringify({ version: 1, targets: [TARGET, TARGET] });
  assert.throws(() => parseLock(text, "f"), /targets\[1\] is there twice$/);
  for (const path of ["pool/a..b/c_1%3a2.deb", "a b/..c", "pool/libstdc++6_14.deb"])
    assert.equal(problem({ ...TARGET, packages: [{ ...PACKAGE, path }] }), undefined);
});

/** The same without a key, wherever it is. */
function stripped(value: unknown, name: string): unknown {
  return JSON.parse(JSON.stringify(value, (key, one) => (key === name ? undefined : one)));
}
