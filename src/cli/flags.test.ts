import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type CommandSpec, type Parsed, parseFlags } from "./flags.ts";

const SPEC: CommandSpec = {
  name: "make",
  summary: "Make something",
  usage: "PATH",
  flags: [
    { name: "tag", short: "t", type: "list", value: "NAME", description: "" },
    { name: "file", short: "f", type: "string", value: "FILE", description: "" },
    { name: "label", type: "list", description: "" },
    { name: "pull", type: "boolean", description: "" },
    { name: "quiet", short: "q", type: "boolean", description: "" },
    { name: "interactive", short: "i", type: "boolean", description: "" },
  ],
  refused: { push: "there is no registry", P: "there is no port" },
  examples: [],
};

function parse(line: string, more: Partial<CommandSpec> = {}): Parsed {
  return parseFlags({ ...SPEC, ...more }, line === "" ? [] : line.split(" "));
}

function facts(parsed: Parsed): object {
  const booleans = ["pull", "quiet", "interactive", "help", "debug"].filter(parsed.boolean);
  return {
    tag: parsed.list("tag"),
    file: parsed.string("file"),
    on: booleans,
    args: parsed.args,
  };
}

const NOTHING = { tag: [], file: undefined, on: [], args: [] };

test("every way of writing a flag gives the same as in docker", () => {
  const cases: readonly (readonly [string, Partial<typeof NOTHING> | object])[] = [
    ["", {}],
    [".", { args: ["."] }],
    ["-", { args: ["-"] }],
    ["-t a -t b", { tag: ["a", "b"] }],
    ["-ta -t=b --tag c --tag=d", { tag: ["a", "b", "c", "d"] }],
    ["--tag=a=b", { tag: ["a=b"] }],
    ["--tag=", { tag: [""] }],
    ["-t=", { tag: [""] }],
    ["-f one -f two", { file: "two" }],
    ["--file -q", { file: "-q" }],
    ["--file -- x", { file: "--", args: ["x"] }],
    ["-qf -", { on: ["quiet"], file: "-" }],
    ["-qf- .", { on: ["quiet"], file: "-", args: ["."] }],
    ["-qif=x", { on: ["quiet", "interactive"], file: "x" }],
    ["--pull --pull=false", {}],
    ["--pull=false --pull", { on: ["pull"] }],
    ["--pull=T -q=0", { on: ["pull"] }],
    ["-q=1 --interactive=TRUE", { on: ["quiet", "interactive"] }],
    ["--pull x", { on: ["pull"], args: ["x"] }],
    ["a -q b -t c d", { on: ["quiet"], tag: ["c"], args: ["a", "b", "d"] }],
    ["-q -- -t --pull --", { on: ["quiet"], args: ["-t", "--pull", "--"] }],
    ["-hD", { on: ["help", "debug"] }],
  ];
  for (const [line, wanted] of cases) assert.deepEqual(facts(parse(line)), { ...NOTHING, ...wanted }, line);
});

test("behind the image's name flags are the program's", () => {
  const run = (line: string) => facts(parse(line, { stopAtArgument: true }));
  assert.deepEqual(run("-q image -t x --nonsense"), {
    ...NOTHING,
    on: ["quiet"],
    args: ["image", "-t", "x", "--nonsense"],
  });
  assert.deepEqual(run("-q -- -image -t"), { ...NOTHING, on: ["quiet"], args: ["-image", "-t"] });
  assert.deepEqual(run("image -- x"), { ...NOTHING, args: ["image", "--", "x"] });
  assert.deepEqual(run("- -q"), { ...NOTHING, args: ["-", "-q"] });
});

test("an empty word is an argument", () => {
  assert.deepEqual(parseFlags(SPEC, ["", "-t", ""]).args, [""]);
  assert.deepEqual(parseFlags(SPEC, ["", "-t", ""]).list("tag"), [""]);
});

test("what is no flag is an error that says what to write", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["--tga x", "unknown flag: --tga", "did you mean --tag?"],
    ["--Quiet", "unknown flag: --Quiet", "did you mean --quiet?"],
    ["--elephant", "unknown flag: --elephant", "see tare make --help"],
    ["--=x", "unknown flag: --", "see tare make --help"],
    ["-qz", "unknown flag: -z", "see tare make --help"],
    ["--push", "--push is not supported: there is no registry", "see tare make --help"],
    ["--push=x", "--push is not supported: there is no registry", "see tare make --help"],
    ["-P 1:1", "-P is not supported: there is no port", "see tare make --help"],
    ["--toString", "unknown flag: --toString", "see tare make --help"],
    ["-t", "flag needs an argument: -t", "write -t NAME"],
    ["-qt", "flag needs an argument: -t", "write -t NAME"],
    ["x --tag", "flag needs an argument: --tag", "write --tag NAME"],
    ["--label", "flag needs an argument: --label", "write --label VALUE"],
    ["--pull=maybe", 'invalid value "maybe" for --pull', "write true or false"],
    ["-q=", 'invalid value "" for --quiet', "write true or false"],
  ];
  for (const [line, message, hint] of cases)
    assert.throws(() => parse(line), { code: "user-bad-flag", message, facts: { hint } }, line);
});

test("values come through as they are", () => {
  const value = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(value, value, (first, second) => {
      const parsed = parseFlags(SPEC, ["--tag", first, `--tag=${second}`, "-t", first, "--", second]);
      assert.deepEqual([parsed.list("tag"), parsed.args], [[first, second, first], [second]]);
    }),
  );
});
