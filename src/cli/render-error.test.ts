import assert from "node:assert/strict";
import { test } from "node:test";
import { type SourceLocation, TareError } from "../api/index.ts";
import { renderError } from "./render-error.ts";

const SOURCE = "FROM debian\nRUN a && \\\n    b\n\nCOPY x /\n";

function at(
  source: string,
  start: readonly [number, number],
  end: readonly [number, number],
): SourceLocation {
  return {
    file: "Dockerfile",
    source,
    range: { start: { line: start[0], column: start[1] }, end: { line: end[0], column: end[1] } },
  };
}

function rendered(location: SourceLocation): string {
  return renderError(new TareError("exec-failed", "it failed", { location }), { debug: false });
}

test("a failed step is its lines, its log, the message and a hint", () => {
  const error = new TareError("exec-failed", "process did not complete: exit code: 3", {
    location: at(SOURCE, [2, 1], [3, 6]),
    log: ["first", "\u001b[31m50%\r100%\u001b[0m"],
    exitCode: 3,
    hint: "look at the log",
  });
  assert.equal(
    renderError(error, { debug: false }),
    `Dockerfile:2
--------------------
   1 |     FROM debian
   2 | >>> RUN a && \\
   3 | >>>     b
   4 |
   5 |     COPY x /
--------------------
  | first
  | 100%
--------------------
ERROR: process did not complete: exit code: 3
hint: look at the log
`,
  );
});

test("what is known is printed, and nothing else", () => {
  assert.equal(renderError(new TareError("user-bad-flag", "no"), { debug: false }), "ERROR: no\n");
  assert.equal(renderError(new TareError("exec-failed", "no", { log: [] }), { debug: false }), "ERROR: no\n");
});

test("a whole line has no caret, a part of one has", () => {
  assert.equal(
    rendered(at(SOURCE, [1, 1], [1, 12])),
    "Dockerfile:1\n--------------------\n   1 | >>> FROM debian\n   2 |     RUN a && \\\n   3 |         b\n--------------------\nERROR: it failed\n",
  );
  assert.equal(
    rendered(at("FROM debian\n", [1, 6], [1, 12])),
    "Dockerfile:1\n--------------------\n   1 | >>> FROM debian\n                ^^^^^^\n--------------------\nERROR: it failed\n",
  );
});

/** The marked line and the one with the caret, without what stands before the Dockerfile's own text. */
function marked(line: string, from: number, to: number): readonly string[] {
  const lines = rendered(at(line, [1, from], [1, to]))
    .split("\n")
    .slice(2, 4);
  assert.equal(lines[0]?.slice(0, 11), "   1 | >>> ");
  return lines.map((text) => text.slice(11));
}

test("the caret stands under what it means, behind tabs and wide characters too", () => {
  assert.deepEqual(marked("COPY\ta\tb", 6, 7), ["COPY\ta\tb", "    \t^"]);
  assert.deepEqual(marked("COPY 日本 b", 9, 10), ["COPY 日本 b", "          ^"]);
  assert.deepEqual(marked("COPY 日本 b", 6, 8), ["COPY 日本 b", "     ^^^^"]);
  assert.deepEqual(marked("RUN 🚀 x", 8, 9), ["RUN 🚀 x", "       ^"]);
  assert.deepEqual(marked("RUN e\u0301 x", 8, 9), ["RUN e\u0301 x", "      ^"]);
  assert.deepEqual(marked("FROM x", 6, 6), ["FROM x", "     ^"]);
  assert.deepEqual(marked("FROM", 5, 5), ["FROM", "    ^"]);
});

test("a range that begins inside a line and goes on is marked to the end of its first line", () => {
  assert.deepEqual(
    rendered(at("RUN ab \\\n c\n", [1, 5], [2, 3]))
      .split("\n")
      .slice(2, 5),
    ["   1 | >>> RUN ab \\", "               ^^^^", "   2 | >>>  c"],
  );
});

test("places outside of the file are no reason to fail", () => {
  assert.equal(
    rendered(at("FROM a\r\nFROM b", [2, 1], [9, 1])),
    "Dockerfile:2\n--------------------\n   1 |     FROM a\n   2 | >>> FROM b\n--------------------\nERROR: it failed\n",
  );
  assert.match(rendered(at("", [1, 1], [1, 1])), /^Dockerfile:1\n/);
});

test("anything else is a bug of ours that asks to be told", () => {
  assert.equal(
    renderError(new TypeError("x is not a function"), { debug: false }),
    "ERROR: internal error: x is not a function\nhint: please report this, with the output of the same command with --debug\n",
  );
  assert.match(renderError("text", { debug: true }), /^ERROR: internal error: text\n/);
});

test("--debug adds the stacks", () => {
  const text = renderError(new TareError("internal-bug", "no", { cause: new Error("deeper") }), {
    debug: true,
  });
  assert.match(text, /^ERROR: no\n.*\n {4}at /);
  assert.match(text, /\ncaused by Error: deeper\n {4}at /);
});

test("nothing of a hostile file steers the terminal", () => {
  const source = "FROM \u001b]0;x\u0007\u009b2Ja\tb\n";
  const error = new TareError("user-dockerfile-syntax", "no \u001b[2J such \u202etxt", {
    location: at(source, [1, 6], [1, 17]),
    hint: "not\r this",
  });
  assert.equal(
    renderError(error, { debug: false }),
    `Dockerfile:1
--------------------
   1 | >>> FROM \u241b]0;x\u2407\ufffd2Ja\tb
                ^^^^^^^^^^^
--------------------
ERROR: no \u241b[2J such \ufffdtxt
hint: not\u240d this
`,
  );
});
