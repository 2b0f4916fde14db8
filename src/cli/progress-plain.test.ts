import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent } from "../api/index.ts";
import { plainProgress } from "./progress-plain.ts";

function shown(events: readonly BuildEvent[]): string {
  let text = "";
  const progress = plainProgress({
    write: (more) => {
      text += more;
    },
  });
  for (const event of events) progress.show(event);
  progress.end();
  return text;
}

const PLAN: BuildEvent = {
  type: "plan",
  steps: [
    { id: "a", name: "[1/2] FROM debian", inputs: [] },
    { id: "b", name: "[2/2] RUN make", inputs: ["a"] },
  ],
};

function log(step: string, data: string, at: number): BuildEvent {
  return { type: "step-log", step, stream: "stdout", data, at };
}

test("steps are numbered as they appear, with their lines, times and ends", () => {
  assert.equal(
    shown([
      PLAN,
      { type: "step-ended", step: "a", outcome: "cached", at: 1000 },
      { type: "step-started", step: "b", at: 1000 },
      log("b", "one\ntw", 1214),
      log("b", "o\nrest", 2000),
      { type: "step-ended", step: "b", outcome: "done", at: 2250 },
    ]),
    `#1 [1/2] FROM debian
#1 CACHED

#2 [2/2] RUN make
#2 0.214 one
#2 1.000 two
#2 1.250 rest
#2 DONE 1.3s
`,
  );
});

test("lines of steps that run at once say whose they are", () => {
  assert.equal(
    shown([
      PLAN,
      { type: "step-started", step: "a", at: 0 },
      { type: "step-started", step: "b", at: 0 },
      log("a", "x\n", 10),
      log("b", "y\n", 20),
      log("b", "z\n", 30),
      { type: "step-ended", step: "a", outcome: "cancelled", at: 40 },
      { type: "step-ended", step: "b", outcome: "failed", at: 50, message: "exit code: 1" },
    ]),
    `#1 [1/2] FROM debian

#2 [2/2] RUN make

#1 [1/2] FROM debian
#1 0.010 x

#2 [2/2] RUN make
#2 0.020 y
#2 0.030 z

#1 [1/2] FROM debian
#1 CANCELED

#2 [2/2] RUN make
#2 ERROR: exit code: 1
`,
  );
});

test("a notice stands by itself, and a failure without a message is one all the same", () => {
  assert.equal(
    shown([
      { type: "notice", code: "c", message: "first" },
      { type: "step-started", step: "unplanned", at: 0 },
      { type: "notice", code: "c", message: "second" },
      { type: "step-ended", step: "unplanned", outcome: "failed", at: 0 },
    ]),
    `NOTICE: first
#1 unplanned

NOTICE: second
#1 unplanned
#1 ERROR: failed
`,
  );
});

test("a part of a line is not shown before its end", () => {
  assert.equal(shown([{ type: "step-started", step: "a", at: 0 }, log("a", "50%\r", 1)]), "#1 a\n");
});

test("names, notices and errors do not steer the terminal", () => {
  const text = shown([
    { type: "plan", steps: [{ id: "a", name: "pulling x for linux/\x1b[31mred\n", inputs: [] }] },
    { type: "step-started", step: "a", at: 0 },
    { type: "step-ended", step: "a", outcome: "failed", message: "no \x1b[2J", at: 0 },
    { type: "notice", code: "container", message: "bell \x07" },
  ]);
  assert.equal(
    text,
    "#1 pulling x for linux/\u241b[31mred\u240a\n#1 ERROR: no \u241b[2J\n\nNOTICE: bell \u2407\n",
  );
});
