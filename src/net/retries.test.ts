import assert from "node:assert/strict";
import { test } from "node:test";
import { waitAsked } from "./retries.ts";

test("an answer's status and Retry-After say whether and when to try again", () => {
  const date = "Sat, 21 Nov 2026 12:00:00 GMT";
  assert.deepEqual(waitAsked(404, { "retry-after": "1" }), { retryable: false });
  assert.deepEqual(waitAsked(503, {}), { retryable: true });
  assert.deepEqual(waitAsked(429, { "retry-after": "7" }), { retryable: true, retryAfter: 7 });
  assert.deepEqual(waitAsked(429, { "retry-after": "3600" }), { retryable: false, retryAfter: 3600 });
  assert.deepEqual(waitAsked(500, { "retry-after": "soon" }), { retryable: true });
  const later = { "retry-after": "Sat, 21 Nov 2026 12:00:09 GMT", date };
  assert.deepEqual(waitAsked(502, later), { retryable: true, retryAfter: 9 });
  assert.deepEqual(waitAsked(502, { "retry-after": date, date: later["retry-after"] }), {
    retryable: true,
    retryAfter: 0,
  });
});
