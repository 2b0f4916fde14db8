import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseProgress } from "./choose-progress.ts";

/** What a renderer writes for one cached step. */
function written(wanted: string | undefined, isTerminal: boolean, title?: string): string {
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  const screen = { write, columns: () => 40, rows: () => 10, colour: false };
  const progress = chooseProgress({
    wanted,
    isTerminal,
    screen,
    logLines: undefined,
    ...(title && { title }),
  });
  progress.show({ type: "step-ended", step: "a", outcome: "cached", at: 0 });
  progress.end();
  return text;
}

test("auto draws on a terminal and writes lines elsewhere", () => {
  for (const wanted of [undefined, "auto"]) {
    assert.equal(written(wanted, false), "#1 a\n#1 CACHED\n");
    assert.ok(written(wanted, true).startsWith("\u001b[?25l"), "it does not draw");
    assert.match(written(wanted, true), /\[\+\] Building 0/);
    assert.match(written(wanted, true, "Pulling"), /\[\+\] Pulling 0/);
  }
});

test("every mode is there wherever it writes to", () => {
  for (const isTerminal of [true, false]) {
    assert.equal(written("plain", isTerminal), "#1 a\n#1 CACHED\n");
    assert.match(written("tty", isTerminal), /=> CACHED a /);
    assert.match(written("rawjson", isTerminal), /^\{"vertexes":/);
    assert.equal(written("quiet", isTerminal), "");
    assert.equal(written("none", isTerminal), "");
  }
});

test("another mode is refused", () => {
  assert.throws(() => written("fancy", true), {
    code: "user-bad-flag",
    message: 'invalid progress mode "fancy"',
    facts: { hint: "--progress takes auto, tty, plain, rawjson, quiet" },
  });
});
