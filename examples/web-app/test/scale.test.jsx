import assert from "node:assert/strict";
import { test } from "node:test";
import { render } from "preact-render-to-string";
import { Scale } from "../src/scale.jsx";
import { netWeight } from "../src/weigh.js";

test("the net weight is the gross weight without the tare", () => {
  assert.equal(netWeight("862", "860"), 2);
  assert.equal(netWeight(1, 1), 0);
  for (const [gross, tare] of [[1, 2], ["x", 1], [1, -1]]) assert.equal(netWeight(gross, tare), null);
});

test("the scale shows the net weight, and says what can not be weighed", () => {
  assert.match(render(<Scale gross={862} tare={860} />), /<output>2 net<\/output>/);
  assert.match(render(<Scale gross={1} tare={2} />), /<output>not a weight<\/output>/);
});
