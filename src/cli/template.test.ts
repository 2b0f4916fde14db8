import assert from "node:assert/strict";
import { test } from "node:test";
import { alignColumns, parseTemplate } from "./template.ts";
import { compileTemplate } from "./template-evaluate.ts";
import { NO_LIST, NO_MAP, type Value } from "./template-values.ts";

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

test("what is not there is refused with its place and what there is", () => {
  const fields = "the fields are .Repository .Tag .Size; {{json .}} gives all";
  const wrong: readonly (readonly [string, RegExp, string?])[] = [
    ["{{.Name}}", /at column 3: there is no field \.Name$/, fields],
    ["{{.Tag}} {{.tag}}", /at column 12: there is no field \.tag$/, fields],
    ["{{.toString}}", /no field \.toString/, fields],
    ["{{json .constructor}}", /no field \.constructor/, fields],
    ["{{if .Nope}}x{{end}}", /no field \.Nope/, fields],
    ["{{Tag}}", /at column 3: there is no function Tag$/],
    ["{{jsom .}}", /no function jsom/, "did you mean json?"],
    ["{{constructor}}", /no function constructor/],
    ["{{}}", /at column 1: an action without anything/],
    ["{{.}}", /at column 3: this is a whole object/, "write {{json .}}, or name one of its fields"],
    ["a {{.Tag", /at column 3: the action is not closed/],
    ["{{if .Tag}}x", /at column 1: \{\{if\}\} has no \{\{end\}\}/],
    ["x{{end}}", /at column 2: unexpected \{\{end\}\}/],
    ["{{if .Tag}}{{else}}{{else}}{{end}}", /\{\{if\}\} has no \{\{end\}\}/],
    ['{{"x}}', /at column 3: the text in quotes is not closed/],
    ["{{(.Tag}}", /at column 3: the parenthesis is not closed/],
    ["{{.Tag | .Size}}", /only a function can stand behind \|/],
    ["{{.Tag .Size}}", /follows a value that is no function/],
    ["{{$x}}", /at column 3: undefined variable \$x/],
    ["{{define `a`}}{{end}}", /\{\{define\}\} is not supported/],
    ["{{.Tag | join}}", /at column 10: join: it takes 2 arguments, but got 1/],
    ["{{.Tag.Name}}", /at column 3: \.Name of text/],
    ["a\n{{.Nope}}", /at line 2, column 3: there is no field/],
    ["{{#}}", /at column 3: unexpected "#"/],
  ];
  for (const [text, message, hint] of wrong)
    assert.throws(
      () => parseTemplate(text, HEADERS).render(ROW),
      { code: "user-bad-flag", message, ...(hint !== undefined && { facts: { hint } }) },
      text,
    );
});

const IMAGE: Value = {
  Id: "sha256:0123456789abcdef",
  RepoTags: ["app:1", "app:2"],
  RepoDigests: NO_LIST,
  Size: 1234,
  Config: {
    Env: ["PATH=/bin", "A=b c"],
    Labels: new Map([
      ["b", "2"],
      ["a.x", "<1>"],
    ]),
    Volumes: NO_MAP,
    ExposedPorts: new Map([["80/tcp", {}]]),
    Healthcheck: null,
    Cmd: NO_LIST,
    Tty: false,
  },
};

test("what people write for docker inspect gives what docker gives", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["{{.Id}}", "sha256:0123456789abcdef"],
    ["{{.Config.Env}}", "[PATH=/bin A=b c]"],
    ["{{json .Config.Env}}", '["PATH=/bin","A=b c"]'],
    ["{{.Config.Env | json}}", '["PATH=/bin","A=b c"]'],
    ["{{.Config.Labels}}", "map[a.x:<1> b:2]"],
    ["{{json .Config.Labels}}", '{"a.x":"<1>","b":"2"}'],
    ['{{index .Config.Labels "a.x"}}', "<1>"],
    ['{{index .Config.Labels "none"}}', ""],
    ["{{.Config.Labels.none}}", "<no value>"],
    ["{{.Config.Labels.b}}", "2"],
    ["{{range .RepoTags}}{{.}} {{end}}", "app:1 app:2 "],
    ["{{range .RepoTags}}{{println .}}{{end}}", "app:1\napp:2\n"],
    ["{{range $i, $tag := .RepoTags}}{{if $i}}, {{end}}{{$tag}}{{end}}", "app:1, app:2"],
    ["{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a.x=<1>;b=2;"],
    ["{{range $k, $v := .Config.ExposedPorts}}{{$k}}={{$v}}{{end}}", "80/tcp={}"],
    ["{{range .RepoDigests}}x{{else}}none{{end}}", "none"],
    ["{{.RepoDigests}} {{json .RepoDigests}} {{len .RepoDigests}}", "[] null 0"],
    ["{{.Config.Volumes}} {{json .Config.Volumes}}", "map[] null"],
    ["{{.Config.Healthcheck}}", "<nil>"],
    ["{{if .Config.Healthcheck}}{{.Config.Healthcheck.Test}}{{else}}no{{end}}", "no"],
    ["{{and .Config.Healthcheck .Config.Healthcheck.Test}}", "<nil>"],
    ["{{with .Config.Env}}{{index . 0}}{{end}}", "PATH=/bin"],
    ['{{join .RepoTags ", "}}', "app:1, app:2"],
    ["{{len .Config.Env}} {{len .Config.Labels}} {{len .Id}}", "2 2 23"],
    ["{{(index .RepoTags 1) | upper}}", "APP:2"],
    ['{{index (split .Id ":") 1}}', "0123456789abcdef"],
    ["{{slice .Id 7 19}} {{truncate .Id 6}}", "0123456789ab sha256"],
    ['{{printf "%-6s|%5d|%q|%.1f%%" "ab" .Size "x" 1.25}}', 'ab    | 1234|"x"|1.3%'],
    ['{{if eq .Size 1 1234}}yes{{end}}{{if ne .Id "x"}}!{{end}}', "yes!"],
    ["{{if gt .Size 1000}}large{{else if gt .Size 10}}middle{{else}}small{{end}}", "large"],
    ["{{if not .Config.Tty}}no tty{{end}}", "no tty"],
    ["{{or .Config.Cmd .RepoTags}}", "[app:1 app:2]"],
    ["{{$n := .Size}}{{range .RepoTags}}{{$n}}{{$.Size}}{{end}}", "1234123412341234"],
    ["{{$f := 1}}{{range .RepoTags}}{{$f = 2}}{{end}}{{$f}}", "2"],
    ["a {{- .Size -}} \n b{{/* no */}}", "a1234b"],
    ['{{title "two words"}}{{pad "x" 1 2}}.', "Two Words x  ."],
    ["{{print 1 2 `x`}}", "1 2x"],
    ['{{"}}"}}', "}}"],
  ];
  for (const [text, wanted] of cases) assert.equal(compileTemplate(text).render(IMAGE), wanted, text);
});

test("functions in the header of columns leave the names of the columns", () => {
  const { header } = parseTemplate(
    'table {{lower .Tag}}\t{{slice .Size 0 3}}\t{{join (split .Tag ".") "-"}}',
    HEADERS,
  );
  assert.equal(header, "TAG\tSIZE\tTAG");
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
