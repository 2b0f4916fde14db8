import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { BuildEvent, StepOutcome } from "../api/index.ts";
import { ttyProgress } from "./progress-tty.ts";
import { widthOf } from "./text.ts";

interface Size {
  columns: number;
  rows: number;
}

const PARTS = /\p{Cc}\[\??(\d*)([A-Za-z])|\r|\n|\P{Cc}+/gu;

/** A terminal that knows what the renderer uses: moving up, clearing, colours, and lines that scroll off its top. */
function fakeTerminal(size: Size, colour = false) {
  const lines: string[] = [""];
  let row = 0;
  let raw = "";
  function control(count: string, command: string): void {
    if (command === "A") row = Math.max(0, lines.length - size.rows, row - Number(count || 1));
    else if (command === "K") lines[row] = (lines[row] as string).slice(0, written);
    else if (command === "J") lines.splice(row, lines.length, "");
    else if (command !== "m" && command !== "h" && command !== "l")
      assert.fail(`unknown sequence ${command}`);
  }
  let written = 0;
  function write(text: string): void {
    raw += text;
    for (const [part, count, command] of text.matchAll(PARTS)) {
      if (command !== undefined) control(count ?? "", command);
      else if (part === "\r") written = 0;
      else if (part === "\n") {
        row++;
        lines[row] ??= "";
        written = 0;
      } else {
        assert.ok(widthOf(part) < size.columns, `a line fills the terminal: ${part}`);
        lines[row] = part + (lines[row] as string).slice(part.length);
        written = part.length;
      }
    }
  }
  return {
    screen: { write, columns: () => size.columns, rows: () => size.rows, colour },
    raw: () => raw,
    /** Everything that stands there, without the empty line that the cursor is in. */
    text: () => lines.slice(0, -1),
    /** The terminal breaks lines that no longer fit. */
    reflow: (columns: number) => {
      size.columns = columns;
      const broken = lines.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, "g")) ?? [""]);
      lines.splice(0, lines.length, ...broken);
      row = lines.length - 1;
    },
  };
}

/** A progress whose clock and timer the test turns. */
function scripted(t: TestContext, options: Partial<Size> & { colour?: boolean; logLines?: number } = {}) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { columns = 40, rows = 20, colour = false, logLines = 3 } = options;
  const terminal = fakeTerminal({ columns, rows }, colour);
  let clock = 10_000;
  const progress = ttyProgress({ title: "Building", screen: terminal.screen, logLines, now: () => clock });
  return {
    terminal,
    progress,
    show: (...events: readonly BuildEvent[]) => events.forEach(progress.show),
    pass: (milliseconds: number) => {
      clock += milliseconds;
      t.mock.timers.tick(milliseconds);
    },
  };
}

const start = (step: string, at = 10_000): BuildEvent => ({ type: "step-started", step, at });
const log = (step: string, data: string): BuildEvent => ({
  type: "step-log",
  step,
  stream: "stdout",
  data,
  at: 10_000,
});
const end = (step: string, outcome: StepOutcome = "done", at = 11_500): BuildEvent => ({
  type: "step-ended",
  step,
  outcome,
  at,
});

test("running steps have their time and last lines, ended ones their time", (t) => {
  const { terminal, progress, show, pass } = scripted(t);
  const plan = ["a", "b", "c", "d"].map((id) => ({ id, name: `[${id}] RUN ${id}`, inputs: [] }));
  show({ type: "plan", steps: plan }, end("a", "cached", 10_000), start("b"), start("c"));
  show(log("b", "1\n2\n3\n4\nhalf a li"), log("c", "\u001b[31mred\u001b[0m\n"));
  show({ type: "step-progress", step: "c", what: "packages", current: 5_000_000, total: 2e7, at: 0 });
  assert.deepEqual(terminal.text(), []);
  pass(1200);
  assert.deepEqual(terminal.text(), [
    "[+] Building 1.2s (1/4)",
    " => CACHED [a] RUN a               0.0s",
    " => [b] RUN b                      1.2s",
    " => => # 3",
    " => => # 4",
    " => => # half a li",
    " => [c] RUN c                      1.2s",
    " => => packages 5MB / 20MB",
    " => => # red",
  ]);
  show(end("b"), end("c", "failed", 11_250), { type: "notice", code: "n", message: "mind the gap" });
  pass(300);
  progress.end();
  assert.deepEqual(terminal.text(), [
    "[+] Building 1.5s (2/4)",
    " => CACHED [a] RUN a               0.0s",
    " => [b] RUN b                      1.5s",
    " => ERROR [c] RUN c                1.3s",
    "! mind the gap",
  ]);
  assert.ok(terminal.raw().startsWith("\u001b[?25l"), "the cursor is not hidden");
  assert.ok(terminal.raw().endsWith("\u001b[?25h"), "the cursor does not come back");
});

test("a build that is complete says so, one that is cancelled does not", (t) => {
  const { terminal, progress, show, pass } = scripted(t);
  show(start("a"), end("a"));
  pass(2000);
  progress.end();
  assert.deepEqual(terminal.text(), [
    "[+] Building 2.0s FINISHED",
    " => a                              1.5s",
  ]);
  t.mock.timers.reset();
  const other = scripted(t);
  other.show(start("a"), end("a", "cancelled"));
  other.progress.end();
  assert.deepEqual(other.terminal.text(), [
    "[+] Building 0.0s (0/1)",
    " => CANCELED a                     1.5s",
  ]);
});

test("nothing is written when nothing happened, and nothing after the end", (t) => {
  const { terminal, progress, show, pass } = scripted(t);
  progress.end();
  assert.equal(terminal.raw(), "");
  show(start("a"));
  progress.end();
  const before = terminal.raw();
  progress.end();
  pass(1000);
  assert.equal(terminal.raw(), before);
});

test("long names and wide characters are cut so that the times stay where they are", (t) => {
  const { terminal, show, pass } = scripted(t, { columns: 30 });
  for (const id of ["RUN a very long command that goes on", "RUN echo 日本語日本語日本語", "\u001b[31mx\ny"])
    show(start(id));
  show(log("\u001b[31mx\ny", `${"日".repeat(40)}\n`));
  pass(100);
  assert.deepEqual(terminal.text().slice(1), [
    " => RUN a very long comm 0.1s",
    " => RUN echo 日本語日本  0.1s",
    " => xy                   0.1s",
    ` => => # ${"日".repeat(10)}`,
  ]);
  for (const columns of [1, 2, 5, 8]) {
    const narrow = fakeTerminal({ columns: columns + 1, rows: 5 });
    const progress = ttyProgress({ title: "Pulling", screen: narrow.screen, logLines: 1, now: () => 0 });
    progress.show(start("a step"));
    progress.end();
    assert.equal(narrow.text().length, 2);
  }
});

test("what does not fit goes: ended steps first, then lines of the log; the head stays", (t) => {
  const { terminal, progress, show, pass } = scripted(t, { rows: 7 });
  show(start("run"), log("run", "1\n2\n3\n"), ...["a", "b", "c", "d"].map((id) => end(id, "cached", 0)));
  pass(100);
  assert.deepEqual(terminal.text(), [
    "[+] Building 0.1s (4/5)",
    " => run                            0.1s",
    " => => # 1",
    " => => # 2",
    " => => # 3",
    " => CACHED d                       0.0s",
  ]);
  show(start("more"), start("still"), start("last"));
  pass(100);
  assert.deepEqual(terminal.text(), [
    "[+] Building 0.2s (4/8)",
    " => run                            0.2s",
    " => => # 3",
    " => more                           0.2s",
    " => still                          0.2s",
    " => last                           0.2s",
  ]);
  progress.end();
  assert.equal(terminal.text().length, 12);
});

test("a terminal that is made narrower keeps nothing of the old picture", (t) => {
  const { terminal, show, pass } = scripted(t, { columns: 60 });
  show(start("one"), start("two"), log("two", `${"x".repeat(100)}\n`));
  pass(100);
  terminal.reflow(25);
  pass(100);
  assert.deepEqual(terminal.text(), [
    "[+] Building 0.2s (0/2)",
    " => one             0.2s",
    " => two             0.2s",
    " => => # xxxxxxxxxxxxxxx",
  ]);
  terminal.reflow(50);
  pass(100);
  assert.equal(terminal.text().length, 4);
  assert.equal(terminal.text()[1], ` => one${" ".repeat(38)}0.3s`);
});

test("a frame is one write that never clears what it is about to draw", (t) => {
  const { terminal, show, pass } = scripted(t);
  show(start("a"));
  pass(100);
  const before = terminal.raw().length;
  pass(100);
  assert.equal(
    terminal.raw().slice(before),
    "\u001b[2A\r[+] Building 0.2s (0/1)\u001b[K\n\r => a                              0.2s\u001b[K\n\u001b[J",
  );
});

test("colours are used only where there are some", (t) => {
  const { terminal, progress, show } = scripted(t);
  show(end("a"), end("b", "failed"));
  progress.end();
  assert.doesNotMatch(terminal.raw(), /\p{Cc}\[\d*m/u);
  t.mock.timers.reset();
  const colourful = scripted(t, { colour: true, columns: 12 });
  colourful.show(end("a"), end("b", "failed"), start("c"), log("c", "x\n"));
  colourful.show({ type: "notice", code: "n", message: "n" });
  colourful.progress.end();
  const painted = colourful.terminal.raw().match(/\p{Cc}\[\d+m\P{Cc}*\p{Cc}\[0m/gu);
  assert.deepEqual(painted, [
    "\u001b[34m => a  0.0s\u001b[0m",
    "\u001b[31m => ER 0.0s\u001b[0m",
    "\u001b[2m => => # x\u001b[0m",
    "\u001b[33m! n\u001b[0m",
  ]);
});
