import assert from "node:assert/strict";
import { test } from "node:test";
import type { Heredoc } from "./ast.ts";
import { errorOf, instructions, only, parse, place, texts } from "./fixtures.ts";

function heredocsOf(text: string): readonly Heredoc[] {
  const { command } = only("RUN", text);
  return command.form === "shell" ? command.heredocs : [];
}

test("a heredoc of RUN has its body, its place, and stays in the command's text", () => {
  const run = only("RUN", "RUN <<EOF\na\n  b $c\n\nEOF\n");
  assert.deepEqual(run.command, {
    form: "shell",
    text: "<<EOF",
    heredocs: [
      {
        name: "EOF",
        source: "a\n  b $c\n\n",
        body: "a\n  b $c\n\n",
        expand: true,
        chomp: false,
        range: { start: { line: 3, column: 1 }, end: { line: 6, column: 4 } },
      },
    ],
  });
  assert.equal(place(run.range), "2:1-6:1");
  assert.equal(run.text, "RUN <<EOF");
});

test("several heredocs follow each other in the order of their marks", () => {
  const all = instructions("RUN cat <<A <<B > /x && cat 3<<A\n1\nA\n2\nB\n3\nA\nRUN next");
  assert.equal(all.length, 2);
  const command = all[0]?.keyword === "RUN" ? all[0].command : undefined;
  assert.deepEqual(
    command?.form === "shell" && command.heredocs.map(({ name, body, fd }) => [name, body, fd]),
    [
      ["A", "1\n", undefined],
      ["B", "2\n", undefined],
      ["A", "3\n", 3],
    ],
  );
});

test("any quote in the name switches expansion off", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["EOF", "EOF", true],
    ['"EOF"', "EOF", false],
    ["'EOF'", "EOF", false],
    ["E'O'F", "EOF", false],
    ["E\\OF", "EOF", true],
    ["$X", "$X", true],
    ["app.conf", "app.conf", true],
  ];
  for (const [mark, name, expand] of cases) {
    const [heredoc] = heredocsOf(`RUN <<${mark}\n$a\n${name}\n`);
    assert.deepEqual([heredoc?.name, heredoc?.expand, heredoc?.body], [name, expand, "$a\n"], mark);
  }
});

test("<<- takes tabs from the beginning of the lines, also of the last one", () => {
  const [heredoc] = heredocsOf("RUN <<-EOF\n\t\ta\n \tb\n\t\n\tEOF\n");
  assert.deepEqual(
    [heredoc?.body, heredoc?.source, heredoc?.chomp],
    ["a\n \tb\n\n", "\t\ta\n \tb\n\t\n", true],
  );
});

test("without the dash a line with tabs does not end a heredoc", () => {
  const [heredoc] = heredocsOf("RUN <<EOF\n\tEOF\nEOF \nEOF\n");
  assert.equal(heredoc?.body, "\tEOF\nEOF \n");
});

test("COPY and ADD take heredocs beside paths", () => {
  const copy = only("COPY", "COPY --chmod=600 a <<x <<'y' b /d/\nX\nx\nY\ny\n");
  assert.deepEqual(
    [texts(copy.sources), copy.heredocs.map(({ name, body, expand }) => [name, body, expand])],
    [
      ["a", "b"],
      [
        ["x", "X\n", true],
        ["y", "Y\n", false],
      ],
    ],
  );
  assert.equal(copy.destination.text, "/d/");
  assert.deepEqual(
    only("ADD", "ADD <<x /d\nx\n").heredocs.map(({ body }) => body),
    [""],
  );
});

test("a heredoc can not be the destination", () => {
  assert.equal(
    errorOf(() => parse("FROM a\nCOPY x <<EOF\nEOF\n")),
    "2:8-2:13 COPY cannot accept a heredoc as a destination | write the destination last",
  );
});

test("behind ONBUILD the trigger keeps its heredocs", () => {
  assert.equal(only("ONBUILD", "ONBUILD RUN <<EOF\na\nEOF\n").trigger, "RUN <<EOF\na\nEOF");
  assert.equal(
    only("ONBUILD", "ONBUILD copy --chown=1 <<-a <<b /x/\n\tX\n\ta\nY\nb\n").trigger,
    "copy --chown=1 <<-a <<b /x/\n\tX\na\nY\nb",
  );
});

test("in other instructions << is text; in the JSON form of COPY it is an empty file, as in the reference", () => {
  assert.deepEqual(only("RUN", 'RUN ["cat", "<<EOF"]').command, { form: "exec", args: ["cat", "<<EOF"] });
  const copy = only("COPY", 'COPY ["<<EOF", "x"]');
  assert.deepEqual(
    [texts(copy.sources), copy.heredocs.map(({ name, body }) => [name, body])],
    [[], [["EOF", ""]]],
  );
  assert.deepEqual(only("CMD", "CMD cat <<EOF").command, { form: "shell", text: "cat <<EOF", heredocs: [] });
  assert.equal(only("ENV", "ENV a=<<EOF").pairs[0]?.value?.text, "<<EOF");
  assert.equal(only("ONBUILD", "ONBUILD CMD <<EOF").trigger, "CMD <<EOF");
});

test("what only looks like a heredoc is text", () => {
  for (const text of [
    "<<",
    "<<- EOF",
    "<<<EOF",
    "a<<EOF",
    "'<<EOF'",
    '"<<EOF"',
    "$((1<<2))",
    "<<'",
    '<<"a b',
  ])
    assert.deepEqual(heredocsOf(`RUN cat ${text}`), [], text);
});

test("white space may stand between << and its word", () => {
  for (const text of ["<< EOF", "cat <<\tEOF | x", "3<<  EOF"])
    assert.deepEqual(
      heredocsOf(`RUN ${text}\na\nEOF`).map(({ name, body }) => [name, body]),
      [["EOF", "a\n"]],
      text,
    );
});

test("sources of the same name get the last text", () => {
  const { heredocs } = only("COPY", "COPY <<a <<'a' b <<-c /d/\n1\na\n2\na\n\t3\n\tc");
  assert.deepEqual(
    heredocs.map(({ name, body, expand }) => [name, body, expand]),
    [
      ["a", "2\n", true],
      ["a", "2\n", false],
      ["c", "3\n", true],
    ],
  );
});

test("comments, continuations and directives inside a heredoc are its text", () => {
  const [heredoc] = heredocsOf("RUN \\\n# c\n <<EOF\n# a\nb \\\n\nc\nEOF");
  assert.equal(heredoc?.body, "# a\nb \\\n\nc\n");
});

test("with CRLF the body keeps its line endings and the end is found", () => {
  const [heredoc] = heredocsOf("RUN <<EOF\r\na\r\nEOF\r\n");
  assert.deepEqual([heredoc?.name, heredoc?.body], ["EOF", "a\r\n"]);
});

test("a heredoc that does not end is an error where it begins", () => {
  assert.equal(
    errorOf(() => parse("FROM a\nRUN <<EOF <<B\na\nEOF\n")),
    "2:1-2:14 unterminated heredoc B | end it by a line that is just B",
  );
});
