import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { test } from "node:test";
import { reasonOf } from "./reason.ts";

test("of a host with several addresses each says why it does not answer", async () => {
  const both = [
    { address: "127.0.0.1", family: 4 },
    { address: "127.0.0.2", family: 4 },
  ];
  const failed = new Promise((resolve) => {
    createConnection({ host: "a.invalid", port: 1, lookup: (_, _options, done) => done(null, both) }).on(
      "error",
      resolve,
    );
  });
  assert.equal(reasonOf(await failed), "connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED 127.0.0.2:1");
  assert.equal(reasonOf("odd"), "odd");
});
