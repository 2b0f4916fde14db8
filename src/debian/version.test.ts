import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { compareVersions, satisfies } from "./version.ts";

const DPKG =
  spawnSync("dpkg", ["--version"]).status === 0 || process.env.CI ? false : "dpkg is not installed here";

/** What dpkg says of each pair: negative, zero or positive. One shell asks for all of them. */
function askDpkg(pairs: readonly (readonly [string, string])[]): readonly number[] {
  const script = `while read -r a b; do
    if dpkg --compare-versions "$a" lt "$b"; then echo -1
    elif dpkg --compare-versions "$a" eq "$b"; then echo 0
    else echo 1; fi
  done`;
  const input = pairs.map((pair) => `${pair.join(" ")}\n`).join("");
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { input, encoding: "utf8" });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  const answers = stdout.trim().split("\n").map(Number);
  assert.equal(answers.length, pairs.length);
  return answers;
}

function ordered(pairs: readonly (readonly [string, string])[]): readonly string[] {
  return pairs.map(([a, b]) => `${a} ${b} ${Math.sign(compareVersions(a, b))}`);
}

function expected(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const answers = askDpkg(pairs);
  return pairs.map(([a, b], at) => `${a} ${b} ${answers[at]}`);
}

const part = (characters: string) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength: 0, maxLength: 6 });
const epoch = fc.constantFrom("", "", "0:", "1:", "01:", "10:");
/** Few characters, so that two versions often differ late or not at all. */
const version = fc
  .tuple(
    epoch,
    fc.constantFrom("0", "1", "00", "10"),
    part("01a~.+Z-"),
    fc.option(part("01a~.+"), { nil: undefined }),
  )
  .map(([e, digit, rest, revision]) => `${e}${digit}${rest}${revision ? `-${revision}` : "-1"}`);

/** [older, newer] or, when `=`, two spellings of one version. */
const CASES: readonly (readonly [string, "<" | "=", string])[] = [
  ["1.0", "<", "1.1"],
  ["1.9", "<", "1.10"],
  ["9", "<", "1:1"],
  ["1:2", "<", "10:1"],
  ["0:1.0", "=", "1.0"],
  ["01:1.0", "=", "1:1.0"],
  ["1.0", "=", "1.0-0"],
  ["1.0", "=", "1.0-"],
  ["1.0-0", "<", "1.0-1"],
  ["1.0", "<", "1.0-0a"],
  ["1.0~rc1", "<", "1.0"],
  ["1.0~~", "<", "1.0~"],
  ["1.0~~", "<", "1.0~~a"],
  ["1.0~~a", "<", "1.0~"],
  ["1.0-1~bpo13+1", "<", "1.0-1"],
  ["1.0-1", "<", "1.0-1+b1"],
  ["1.0a", "<", "1.0b"],
  ["1.0Z", "<", "1.0a"],
  ["1.0", "<", "1.0a"],
  ["1.0a", "<", "1.0+"],
  ["1.0a", "<", "1.0."],
  ["1.0-1.1", "<", "1.0+"],
  ["1.00", "=", "1.0"],
  ["1.001", "=", "1.1"],
  ["1.010", "<", "1.11"],
  ["1.0a0", "=", "1.0a"],
  ["1.0-1-1", "<", "1.0-1-2"],
  ["1-2-3", "<", "1-10-1"],
  ["2:1.0-1:3", "<", "2:1.0-2:1"],
  ["1.99999999999999999998", "<", "1.99999999999999999999"],
  ["0.0.0", "<", "0.0.0.1"],
];

test("versions have the order that the policy gives them, spelled either way", () => {
  const wanted = CASES.map(([a, order, b]) => [a, b, order === "<" ? -1 : 0, order === "<" ? 1 : 0]);
  const found = CASES.map(([a, , b]) => [
    a,
    b,
    Math.sign(compareVersions(a, b)),
    Math.sign(compareVersions(b, a)),
  ]);
  assert.deepEqual(found, wanted);
});

test("dpkg agrees with every case of the table that it takes for a version", { skip: DPKG }, () => {
  // dpkg warns of an empty revision, and its numbers end at 2^31 or so.
  const odd = (version: string) => /-$|\d{12}|-.*:/.test(version);
  const pairs = CASES.filter(([a, , b]) => !odd(a) && !odd(b));
  const both = pairs.flatMap(([a, , b]) => [[a, b] as const, [b, a] as const]);
  assert.equal(both.length > 50, true);
  assert.deepEqual(ordered(both), expected(both));
});

test("dpkg agrees with the order of a few hundred generated versions", { skip: DPKG }, () => {
  const pairs = fc.sample(fc.tuple(version, version), { numRuns: 400, seed: 42 });
  assert.deepEqual(ordered(pairs), expected(pairs));
});

test("the order is one: the same both ways round, and transitive", () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0);
      assert.equal(compareVersions(a, a), 0);
      const [x, y, z] = [a, b, c].sort(compareVersions) as [string, string, string];
      assert.equal(
        compareVersions(x, z) <= 0 && compareVersions(x, y) <= 0 && compareVersions(y, z) <= 0,
        true,
      );
    }),
  );
});

test("each operator is true for exactly the orders that it names", () => {
  const row = (operator: string) => ["1", "2", "3"].map((version) => satisfies(version, operator, "2"));
  assert.deepEqual(row("<<"), [true, false, false]);
  assert.deepEqual(row("<="), [true, true, false]);
  assert.deepEqual(row("="), [false, true, false]);
  assert.deepEqual(row(">="), [false, true, true]);
  assert.deepEqual(row(">>"), [false, false, true]);
  assert.equal(satisfies("0:1.0", "=", "1.0-0"), true);
});
