import assert from "node:assert/strict";
import { test } from "node:test";
import { remoteFileName } from "./file-name.ts";

test("a file's name is the last part of its address, whatever the address holds", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["https://h/a/b.txt?x=1#y", "b.txt"],
    ["https://h/a%20b", "a b"],
    ["https://h/a/..%2f..%2fetc%2fpasswd", "passwd"],
    ["https://h/100%", "100%"],
    ["https://h/x%ff", "x%ff"],
    ["https://h/a/b//", "b"],
    ["https://h/", "__unnamed__"],
    ["https://h/a/%2e%2e", "__unnamed__"],
    ["https://h/a%2f..", "__unnamed__"],
    ["https://h/a%00b", "__unnamed__"],
    ["no address", "__unnamed__"],
  ];
  for (const [url, name] of cases) assert.equal(remoteFileName(url), name, url);
});
