import assert from "node:assert/strict";
import { test } from "node:test";
import { nearPaths } from "./near-paths.ts";

const PATHS = [
  "",
  "bin",
  "etc",
  "etc/nginx/nginx.conf",
  "etc/passwd",
  "opt/app/config.json",
  "opt/app/package.json",
  "srv/other/config.json",
  "srv/other/deep/down/below/config.json",
  "usr/bin/python3",
  "usr/bin/python3.13",
  "usr/bin/busybox",
  "usr/lib/x86_64-linux-gnu/libssl.so.3",
  "usr/lib/x86_64-linux-gnu/libssh.so.4",
  "usr/share/doc/libssl3t64/copyright",
  "usr/share/man/man1/python3.1.gz",
];

/** What somebody asked for, and what is the first answer. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  "etc/paswd": ["etc/passwd"],
  "ect/passwd": ["etc/passwd"],
  "etc/PASSWD": ["etc/passwd"],
  "usr/bin/python": ["usr/bin/python3", "usr/bin/python3.13"],
  "bin/pyton3": ["usr/bin/python3"],
  "usr/local/bin/python3": ["usr/bin/python3"],
  "lib64/libssl.so": ["usr/lib/x86_64-linux-gnu/libssl.so.3"],
  "usr/lib/libssl.so.3": ["usr/lib/x86_64-linux-gnu/libssl.so.3"],
  "lib/libssl.so.1.1": ["usr/lib/x86_64-linux-gnu/libssl.so.3"],
  "opt/app/config.yaml": ["opt/app/config.json"],
  "app/config.json": ["opt/app/config.json", "srv/other/config.json"],
  "etc/nginx.conf": ["etc/nginx/nginx.conf"],
  "usr/sbin/busybox": ["usr/bin/busybox"],
  "x/*": [],
  "usr/bin/[": [],
  "srv/nothing-like-it": [],
};

test("what somebody may have meant stands first", () => {
  for (const [wanted, expected] of Object.entries(CASES)) {
    const found = nearPaths(PATHS, wanted);
    assert.deepEqual(found.slice(0, expected.length), expected, wanted);
    assert.ok(expected.length > 0 || found.length === 0, `${wanted}: ${found}`);
  }
});

test("no more than five, and the same in any order", () => {
  const many = Array.from({ length: 50 }, (_, at) => `srv/${at}/app.js`);
  const found = nearPaths(many, "app/app.js");
  assert.equal(found.length, 5);
  assert.deepEqual(nearPaths(many.toReversed(), "app/app.js"), found);
});
