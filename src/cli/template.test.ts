import assert from "node:assert/strict";
import { test } from "node:test";
import { alignColumns, parseTemplate } from "./template.ts";

const HEADERS = { Repository: "REPOSITORY", Tag: "TAG", Size: "SIZE" };
const ROW = { Repository: "app", Tag: "1.0", Size: "12MB" };

function render(text: string): string {
  return parseTemplate(text, HEADERS).render(ROW);
}

test("fields, text and JSON are put in their places", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["{{.Repository}}:{{.Tag}}", "app:1.0"],
    ["{{ .Repository }}", "app"],
    ["{{json .Tag}}", '"1.0"'],
    ["{{json .}}", '{"Repository":"app","Tag":"1.0","Size":"12MB"}'],
    ["{{.Tag}}\\t{{.Size}}\\n", "1.0\t12MB\n"],
    ["plain {text}", "plain {text}"],
    ["", ""],
    ["table {{.Tag}}", "1.0"],
  ];
  for (const [text, wanted] of cases) assert.equal(render(text), wanted, text);
});

test("only a template that begins with `table ` has columns below a header", () => {
  const { table, header } = parseTemplate("table {{.Repository}}\t{{json .Tag}} ({{.Size}})", HEADERS);
  assert.deepEqual([table, header], [true, "REPOSITORY\tTAG (SIZE)"]);
  assert.equal(parseTemplate("{{.Tag}} table ", HEADERS).table, false);
});

test("what is not there is refused with what there is", () => {
  const hint = "the fields are .Repository .Tag .Size; {{json .}} gives all";
  const wrong = [
    "{{.Name}}",
    "{{Tag}}",
    "{{.tag}}",
    "{{}}",
    "{{.}}",
    "{{.toString}}",
    "{{json .constructor}}",
    "{{if .Tag}}x{{end}}",
  ];
  for (const text of wrong)
    assert.throws(
      () => parseTemplate(text, HEADERS),
      { code: "user-bad-flag", message: /^unknown template expression \{\{/, facts: { hint } },
      text,
    );
});

test("columns are as wide as their widest cell, the last one as it is", () => {
  assert.deepEqual(alignColumns(["A\tBB\tC", "aaaa\tb\tccccc", "x"]), [
    "A      BB   C",
    "aaaa   b    ccccc",
    "x",
  ]);
  assert.deepEqual(alignColumns(["A\tB", "a\t"]), ["A   B", "a"]);
  assert.deepEqual(alignColumns([]), []);
});
