import assert from "node:assert/strict";
import { test } from "node:test";
import { splitDebianVersion } from "./debian-version.ts";

test("versions come apart as Debian joins them", () => {
  const parts = (text: string) => Object.values(splitDebianVersion(text)).join(" ");
  assert.deepEqual(["1:2.3-4-5", "2.3", "0:1-0", "1-2"].map(parts), ["1 2.3-4 5", " 2.3 ", "0 1 0", " 1 2"]);
});
