import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, instructions, only, parse, place, texts } from "./fixtures.ts";

function runText(text: string): string {
  const { command } = only("RUN", text);
  return command.form === "shell" ? command.text : `exec ${JSON.stringify(command.args)}`;
}

test("lines that end in the escape character continue", () => {
  assert.equal(runText("RUN a \\\n  b \\\n\tc"), "a   b \tc");
  assert.equal(runText("RUN a\\\nb"), "ab");
  assert.equal(runText("RUN a \\ \t\nb"), "a b");
  assert.equal(runText("RUN \\\n  a"), "a");
  assert.equal(runText("RUN a \\"), "a");
});

test("an escaped escape character at the end does not continue the line", () => {
  assert.deepEqual(
    instructions("RUN a \\\\\nRUN b").map(({ text }) => text),
    ["RUN a \\\\", "RUN b"],
  );
});

test("comments and empty lines inside an instruction are left out", () => {
  assert.equal(runText("RUN a \\\n# one \\\n   # two\n\n \t\n  b # kept"), "a   b # kept");
  assert.deepEqual(texts(only("COPY", "COPY a \\\n # x\n b \\\n\n c").sources), ["a", "b"]);
  assert.equal(runText("RUN a \\\n# the end"), "a");
});

test("only a line that begins with # is a comment", () => {
  assert.equal(runText("RUN echo a # b"), "echo a # b");
  assert.deepEqual(texts(only("COPY", "COPY #a b c").sources), ["#a", "b"]);
});

test("CRLF ends lines as LF does", () => {
  const file = parse("# escape=\\\r\nFROM a\r\n\r\nRUN b \\\r\n# c\r\n  d\r\nCMD e\r\n");
  assert.deepEqual(
    file.stages[0]?.instructions.map(({ text }) => text),
    ["RUN b   d", "CMD e"],
  );
  assert.equal(file.stages[0]?.from.image.text, "a");
  assert.deepEqual(
    file.directives.map(({ key, value }) => [key, value]),
    [["escape", "\\"]],
  );
});

test("a byte order mark is no part of the first line", () => {
  const file = parse("\uFEFFFROM a\nRUN b");
  assert.equal(file.stages[0]?.from.text, "FROM a");
  assert.equal(place(file.stages[0]?.from.range as never), "1:1-1:7");
  const directed = parse("\uFEFF# escape=`\nFROM a\nRUN b `\n c");
  assert.equal(directed.escape, "`");
});

test("directives stand at the top and end at the first line that is none", () => {
  const file = parse("# Syntax = docker/dockerfile:1 \n#escape=`\n# check=skip=all;error=true\nFROM a");
  assert.deepEqual(
    file.directives.map(({ key, value, range }) => [key, value, place(range)]),
    [
      ["syntax", "docker/dockerfile:1", "1:1-1:32"],
      ["escape", "`", "2:1-2:10"],
      ["check", "skip=all;error=true", "3:1-3:28"],
    ],
  );
});

test("a directive below a comment, an empty line or an instruction is a comment", () => {
  for (const above of ["# hello", "", "# other=1", "ARG x"])
    assert.deepEqual(parse(`${above}\n# escape=\`\nFROM a`).directives, [], above);
  assert.deepEqual(
    parse("#!/usr/bin/env tare\n# escape=`\nFROM a").directives.map(({ key }) => key),
    ["escape"],
  );
});

test("a directive that stands twice or has a value that nobody knows is an error", () => {
  assert.equal(
    errorOf(() => parse("# escape=`\n# ESCAPE=`\nFROM a")),
    "2:1-2:11 only one escape parser directive can be used | remove the second one",
  );
  assert.equal(
    errorOf(() => parse("# escape=x\nFROM a")),
    "1:1-1:11 invalid escape token 'x' does not match ` or \\ | write # escape=` or leave the line out",
  );
});

test("with the backtick as escape character a backslash is text", () => {
  const file = parse("# escape=`\nFROM a\nCOPY a\\ `\n  b c:\\\nENV x=a` b y=c\\ z=d");
  const [copy, env] = file.stages[0]?.instructions ?? [];
  assert.deepEqual(copy?.keyword === "COPY" && [texts(copy.sources), copy.destination.text], [
    ["a\\", "b"],
    "c:\\",
  ]);
  assert.deepEqual(env?.keyword === "ENV" && env.pairs.map(({ key, value }) => [key.text, value?.text]), [
    ["x", "a` b"],
    ["y", "c\\"],
    ["z", "d"],
  ]);
});

test("words have their line and column, also in continued lines", () => {
  const source = "FROM a\n\n  COPY --from=b \\\n    x  y \\\n# c\n z\n";
  const [copy] = parse(source).stages[0]?.instructions ?? [];
  assert.ok(copy?.keyword === "COPY");
  assert.equal(place(copy.range), "3:3-6:3");
  assert.equal(place(copy.from?.range as never), "3:15-3:16");
  assert.deepEqual(
    copy.sources.map(({ range }) => place(range)),
    ["4:5-4:6", "4:8-4:9"],
  );
  assert.equal(place(copy.destination.range), "6:2-6:3");
});

test("keys and values have places of their own", () => {
  const { pairs } = only("ENV", 'ENV ab=cd \\\n  e="f g"');
  assert.deepEqual(
    pairs.map(({ key, value }) => [place(key.range), value && place(value.range)]),
    [
      ["2:5-2:7", "2:8-2:10"],
      ["3:3-3:4", "3:5-3:10"],
    ],
  );
});

test("columns count UTF-16 units", () => {
  const copy = only("COPY", "COPY 😀 b");
  assert.equal(place(copy.destination.range), "2:9-2:10");
});

test("a flag in quotes has the place of its value", () => {
  assert.equal(place(only("COPY", "COPY --chown=ab x y").chown?.range as never), "2:14-2:16");
});

test("a line of more than 65535 bytes is an error, a longer instruction is none", () => {
  const long = "x".repeat(65_535 - 4);
  assert.equal(runText(`RUN ${long}`), long);
  assert.equal(
    errorOf(() => parse(`FROM a\nRUN ${long}x`)),
    "2:1-2:1 dockerfile line greater than max allowed size of 65535 | break the line, or move the text into a file",
  );
  assert.equal(errorOf(() => parse(`FROM a\nRUN ${"é".repeat(32_766)}`)).slice(0, 7), "2:1-2:1");
  assert.equal(runText(`RUN a\\\n${long}\\\n${long}`).length, 1 + long.length * 2);
});

test("a file without instructions is an error", () => {
  for (const text of ["", "\n\n", "# only a comment\n"])
    assert.equal(
      errorOf(() => parse(text)),
      "1:1-1:1 file with no instructions | a Dockerfile begins with FROM image",
    );
});
