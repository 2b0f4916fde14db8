import assert from "node:assert/strict";
import { test } from "node:test";
import { inlineJson, reportDocument } from "./document.ts";
import { sampleReport } from "./fixtures.ts";

const PARTS = { script: "run()", style: "a{}" };
const HOSTILE = "</script><script>alert(1)</script><!--\u2028\u2029&lt;";

test("what is in the data can not end the element that holds it, and is read back as it was", () => {
  const text = inlineJson({ HOSTILE, [HOSTILE]: HOSTILE });
  assert.doesNotMatch(text, /[<>&\u2028\u2029]/);
  assert.deepEqual(JSON.parse(text), { HOSTILE, [HOSTILE]: HOSTILE });
});

test("a document names hostile things only as data and as text", () => {
  const report = sampleReport(20);
  const images = report.images.map((image) => ({ ...image, name: HOSTILE }));
  const page = reportDocument({ ...report, images }, PARTS);
  assert.equal(page.match(/<script/g)?.length, 2);
  assert.equal(page.match(/<\/script/g)?.length, 2);
  assert.doesNotMatch(page, /<!--/);
  assert.match(page, /<title>&lt;\/script&gt;/);
});

test("the policy of a document lets its own script and style run and nothing else, and nothing out", () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(
    reportDocument(sampleReport(20), PARTS),
  )?.[1];
  assert.deepEqual(policy?.split("; "), [
    "default-src 'none'",
    // sha256 of "run()" and of "a{}".
    "script-src 'sha256-AvyuiL0SD1mVY3NNxR+V2uo+lhk6RMFrytWmRt6CrJQ='",
    "style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
});
