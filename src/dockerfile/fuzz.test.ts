// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import type { Dockerfile } from "./ast.ts";
import { parseDuration } from "./duration.ts";
import { expandWord } from "./expand.ts";
import { FILE, parse } from "./fixtures.ts";
import { compileIgnore, parseIgnoreFile } from "./ignore.ts";
import { parseInstructionLine } from "./parse.ts";

const SAMPLE = `# syntax=docker/dockerfile:1
# escape=\\
ARG V=\${X:-13} Y
# the base
FROM --platform=$BUILDPLATFORM debian:$V AS build
ENV a=1 "b c"='d $e' f=\${a:+x}
LABEL key the rest
RUN --mount=type=cache,target=/c,"x=a,b" make \\
  # comment

  && echo "done"
RUN <<EOF cat <<-'B'
a $x
EOF
	b
	B
COPY --chown=1:2 --exclude=*.o ["a b", "c/"]
ADD <<x \${y//a/b} /d/
x
x
ONBUILD COPY . .
HEALTHCHECK --interval=5m CMD curl x || exit 1
SHELL ["/bin/sh", "-c"]
EXPOSE 80 443/udp
VOLUME /a
USER a:b
STOPSIGNAL 9
CMD ["x"]
`;

const PIECES = [
  ..."\\`'\"$#={}[]<>-!*?/:%+,. \t\n\r\0\uFEFFé😀",
  ...["${", "<<", "<<-", "<<EOF\n", "--", "\\\n", "FROM a\n", "ONBUILD ", "RUN ", "COPY ", "# escape=`\n"],
  "\uD800",
];

/** The sample with stretches taken out, doubled, or replaced. */
const mutated = fc
  .array(fc.tuple(fc.nat(), fc.nat(40), fc.array(fc.constantFrom(...PIECES), { maxLength: 5 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((changes) => {
    let text = SAMPLE;
    for (const [place, length, added] of changes) {
      const at = place % (text.length + 1);
      text = text.slice(0, at) + added.join("") + text.slice(at + length);
    }
    return text;
  });

const soup = fc
  .array(fc.constantFrom(...PIECES, "a", "x", "V"), { maxLength: 40 })
  .map((all) => all.join(""));

test("a mutated Dockerfile is read or refused with a place inside it", () => {
  fc.assert(
    fc.property(mutated, (source) => {
      const range = outcomeOf(() => parse(source)).problem?.facts.location?.range;
      if (!range) return;
      const lines = source.split("\n").length;
      assert.ok(range.start.line >= 1 && range.end.line <= lines, `${range.end.line} of ${lines}`);
      assert.ok(range.start.column >= 1 && range.end.column >= 1);
      assert.ok(range.start.line <= range.end.line);
    }),
    { seed: 3, numRuns: 1500 },
  );
});

test("any text is read or refused, as a file, a trigger, a word, a pattern and a duration", () => {
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: "binary" })), (text) => {
      for (const escape of ["\\", "`"] as const) {
        outcomeOf(() => parseInstructionLine(text, { file: FILE, escape }));
        for (const option of ["rawQuotes", "rawEscapes", "keepUnset", "ignoreQuotes"])
          outcomeOf(() => expandWord(text, value, { escape, [option]: true }));
      }
      outcomeOf(() => parse(`FROM a\n${text}`));
      outcomeOf(() => compileIgnore(parseIgnoreFile(text)).matches("a/b c"));
      outcomeOf(() => parseDuration(text));
    }),
    { seed: 3, numRuns: 1500 },
  );
});

test("an image that was written stands where its place says", () => {
  fc.assert(
    fc.property(mutated, (source) => {
      const dockerfile: Dockerfile | undefined = outcomeOf(() => parse(source)).result;
      const lines = source.replace(/^\uFEFF/, "").split("\n");
      for (const { from } of dockerfile?.stages ?? []) {
        const { start, end } = from.image.range;
        if (start.line !== end.line) continue;
        assert.equal(lines[start.line - 1]?.slice(start.column - 1, end.column - 1), from.image.text);
      }
    }),
    { seed: 4, numRuns: 500 },
  );
});

const LONG = 24_000;

/** Repeated to a long line; `end` makes what came before it not match. */
const RUNS: readonly (readonly [unit: string, end: string])[] = [
  [" ", "x"],
  ["\t", ""],
  ["\\", "x"],
  ["\\ ", "x"],
  ["`", "x"],
  ["'", "x"],
  ['"', "x"],
  ["[", ""],
  ['["', ""],
  ['["a",', "x"],
  ["<", "x"],
  ["<<", "a"],
  ["<<a ", ""],
  ["<<-'", ""],
  ["1", "<"],
  ["${", ""],
  ["${x", ""],
  ["${x:-", "}"],
  ["${x//", "}"],
  ["${x/*", "/}"],
  ["$", "{"],
  ["a=", ""],
  ["a= ", ""],
  ["--", ""],
  ["--a ", ""],
  ["#", ""],
  [",", ""],
  ['"",', ""],
  ["1h", "x"],
  ["\u00a0", "x"],
];

const BEGINNINGS: readonly string[] = [
  ...["", "# escape=", "#", "FROM ", "FROM a\n"],
  ...["RUN", "RUN --mount=", "COPY", "COPY --", "ENV", "ENV a", "ENV a=", "EXPOSE", "VOLUME", "SHELL"].map(
    behindFrom,
  ),
  ...["USER", "ONBUILD", "ONBUILD COPY", "HEALTHCHECK", "HEALTHCHECK CMD", "HEALTHCHECK --interval="].map(
    behindFrom,
  ),
];

function behindFrom(start: string): string {
  return `FROM a\n${start}${start.endsWith("=") ? "" : " "}`;
}

test("long runs of one character take no quadratic time in any instruction", () => {
  for (const [unit, end] of RUNS)
    for (const start of BEGINNINGS) {
      const text = start + unit.repeat(LONG / Buffer.byteLength(unit)) + end;
      timed(`${JSON.stringify(start)} ${unit}`, () => parse(text));
    }
});

test("a long file of short lines, and a line of a megabyte, are read in time", () => {
  for (const text of [
    "\n",
    "# a\n",
    "\\\n",
    "a \\\n",
    "# escape= ",
    "RUN a\n",
    "FROM a AS b\n",
    "\r",
    "\r\n",
  ])
    timed(JSON.stringify(text), () => parse(`FROM a\n${text.repeat(100_000 / text.length)}`));
  timed("a directive", () => parse(`# escape=a${" ".repeat(1_000_000)}x`));
});

test("long runs of one character take no quadratic time in words", () => {
  for (const [unit, end] of RUNS)
    for (const start of ["", "${x/", "${x//", "${x%", "${x##", "${u:-", '"'])
      timed(`${start} ${unit}`, () =>
        expandWord(start + unit.repeat(LONG / unit.length) + end, value, { escape: "\\" }),
      );
});

test("values that double each other end in an error, not in all memory", () => {
  const large = "x".repeat(300_000);
  for (const word of [`"${"$x".repeat(1000)}"`, "${x//?/$x}", "$x".repeat(50)]) {
    const { problem } = outcomeOf(() => expandWord(word, () => large, { escape: "\\" }));
    assert.match(problem?.message ?? "", /the result has more than 4194304 characters/, word.slice(0, 20));
  }
});

function value(name: string): string | undefined {
  return name === "x" ? "a/b*c}\\d\ne".repeat(20) : undefined;
}

/** The result, or the error of ours that the work ended in; anything else is a failure of the test. */
function outcomeOf<T>(work: () => T): { readonly result?: T; readonly problem?: TareError } {
  try {
    return { result: work() };
  } catch (error) {
    if (error instanceof TareError) return { problem: error };
    throw error;
  }
}

/**
 * Quadratic work takes many seconds of the processor with inputs of this length. What counts is this process's own time,
 * so that a busy machine makes no difference.
 */
function timed(what: string, work: () => unknown): void {
  const start = process.cpuUsage();
  outcomeOf(work);
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 3_000_000, `${what}: ${user + system} µs of the processor`);
}
