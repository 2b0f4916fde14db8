import assert from "node:assert/strict";
import { test } from "node:test";
import { printRows } from "./rows.ts";

const HEADERS = { Name: "NAME", Labels: "LABELS" };
const HOSTILE = { Name: "a\tb\nc", Labels: "x=\u001b[2J\u009b31my" };

function printed(format?: string): string {
  let text = "";
  const columns = ["{{.Name}}", "{{.Labels}}"];
  printRows([HOSTILE], { format, columns, headers: HEADERS, out: (piece) => (text += piece) });
  return text;
}

test("values can not steer the terminal, break columns or add lines", () => {
  const table = "NAME    LABELS\na b c   x= [2J 31my\n";
  for (const format of [undefined, "", "table"]) assert.equal(printed(format), table);
  assert.equal(printed("{{.Labels}}\\t{{.Name}}"), "x= [2J 31my\ta b c\n");
  assert.equal(printed("{{json .Labels}}"), '"x= [2J 31my"\n');
});

test("as JSON a row is what it was, with escapes", () => {
  assert.deepEqual(JSON.parse(printed("json")), HOSTILE);
  assert.equal(printed("json"), '{"Name":"a\\tb\\nc","Labels":"x=\\u001b[2J\\u009b31my"}\n');
});
