// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells have this syntax
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { managerCall } from "./install.ts";
import { shellCommands } from "./shell.ts";

/** Commands as `[A=b] words >outputs operator`. */
function cut(script: string): readonly string[] {
  return shellCommands(script).map(({ assignments, words, outputs, after }) =>
    [
      ...assignments.map(({ text }) => `[${text}]`),
      ...words.map(({ text, plain }) => (plain ? text : `~${text}`)),
      ...outputs.map((text) => `>${text}`),
      after.replace("\n", "\\n"),
    ].join(" "),
  );
}

const SCRIPTS: readonly (readonly [script: string, commands: readonly string[]])[] = [
  ["a b  c", ["a b c "]],
  ["a && b || c; d | e & f", ["a &&", "b ||", "c ;", "d |", "e &", "f "]],
  ['a \'b c\' "d \\" e" f\\ g', ['a b c d " e f g ']],
  ["a \\\n b\nc", ["a b \\n", "c "]],
  ["X=1 Y='2 3' a; Z=4", ["[X=1] [Y=2 3] a ;", "[Z=4] "]],
  ["a $b \"$c\" '$d' `e f` $(g | h) ${i:-j k}", ["a ~$b ~$c $d ~`e f` ~$(g | h) ~${i:-j k} "]],
  ["a > b 2>&1 < c >>d e", ["a e >b >1 >d "]],
  ["if a; then b; elif c; then d; else e; fi", ["a ;", "b ;", "c ;", "d ;", "e ;"]],
  ["for x in 1 2; do a $x; done && b", ["a ~$x ;", "b "]],
  ["while ! a; do { b; }; done", ["a ;", "b ;"]],
  ["(a; b) && c", ["a ;", "b )", "c "]],
  ["a # b; c\nd#e", ["a \\n", "d#e "]],
  ["case $x in y) a;; esac", ["a ;;", "esac "]],
  ["a 'unterminated", ["a unterminated "]],
  ['a "unterminated', ["a unterminated "]],
  ["", []],
  ["  ;; && ", []],
];

test("cuts scripts into commands", () => {
  for (const [script, commands] of SCRIPTS) assert.deepEqual(cut(script), commands, script);
});

test("words know their places", () => {
  const script = "a 'b c' \\\n  d\\ e";
  const [command] = shellCommands(script);
  assert.deepEqual(
    command?.words.map(({ start, end }) => script.slice(start, end)),
    ["a", "'b c'", "d\\ e"],
  );
});

test("any text is cut, in one go, with places inside of it", () => {
  const piece = fc.constantFrom(..."ab $`'\"\\\n;&|()<>{}#=!2-".split(""), "$(", "${", "<<E", "if ", "do ");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const script = pieces.join("");
      for (const { words } of shellCommands(script))
        for (const { start, end } of words)
          assert.equal(start < end && end <= script.length, true, JSON.stringify(script));
    }),
    { numRuns: 2000 },
  );
});

test("long and nasty scripts take no time", () => {
  const started = process.hrtime.bigint();
  for (const piece of ["$(", "`", "'", '"', "((", "a;", "\\", "${", "$a", "<<"])
    shellCommands(piece.repeat(30_000));
  assert.equal(process.hrtime.bigint() - started < 3_000_000_000n, true, "it took longer than three seconds");
});

test("package managers are seen behind other words", () => {
  const seen = (script: string) => {
    const [command] = shellCommands(script);
    const call = command && managerCall(command);
    return call && `${call.manager} ${call.verb.text}: ${call.packages.map(({ text }) => text).join(" ")}`;
  };
  assert.equal(seen("apt-get -y -o A::B=c install d e"), "apt install: d e");
  assert.equal(
    seen("sudo -E env X=1 DEBIAN_FRONTEND=noninteractive /usr/bin/apt-get install -t x y"),
    "apt install: y",
  );
  assert.equal(seen("A=b apk add -t .x --no-cache y"), "apk add: y");
  assert.equal(seen("python3.12 -m pip install -r x y"), "pip install: y");
  assert.equal(seen("npm --prefix x ci"), "npm ci: ");
  assert.equal(seen("echo apt-get install x"), undefined);
  assert.equal(seen("apt-get"), undefined);
  assert.equal(seen("constructor toString"), undefined);
});
