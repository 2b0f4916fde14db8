import assert from "node:assert/strict";
import { test } from "node:test";
import { buildTree, type Entry } from "../tree/index.ts";
import { resolveIdentity, resolveOwner } from "./accounts.ts";
import type { FileTree } from "./files.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment without a colon
daemon:x:1:2:daemon:/usr/sbin:/usr/sbin/nologin

joe:x:1000:1001:Joe,,,:/home/joe:/bin/sh
homeless:x:1002:1002:::
`;
const GROUP =
  "root:x:0:\nstaff:x:50:joe\njoe:x:1001:\naudio:x:29:other,joe,daemon,root\nown:x:2:daemon\nempty:x:60:";

/** An image with these files, and a count of how often one was read. */
function image(files: Readonly<Record<string, string>> = { "etc/passwd": PASSWD, "etc/group": GROUP }) {
  const facts = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
  const entries = ["", "etc"].map((path): Entry => ({ path, kind: "dir", size: 0, ...facts }));
  for (const [path, content] of Object.entries(files).sort())
    entries.push({ path, kind: "file", size: content.length, ...facts });
  let reads = 0;
  const tree: FileTree = {
    title: "stage build",
    tree: async () => buildTree([{ entries }]),
    read: async function* ({ entry }) {
      reads++;
      yield Buffer.from(files[entry.path] ?? "");
    },
    digests: () => Promise.reject(new Error("nobody asks for digests")),
  };
  return { tree, reads: () => reads };
}

test("an owner is a number, a name, or one of each", async () => {
  const cases: readonly (readonly [string, number, number])[] = [
    ["0", 0, 0],
    ["55", 55, 55],
    ["55:66", 55, 66],
    ["joe", 1000, 1001],
    ["joe:staff", 1000, 50],
    ["joe:7", 1000, 7],
    ["1000", 1000, 1000],
    ["1000:audio", 1000, 29],
    ["joe:", 1000, 1001],
    [":staff", 0, 50],
    ["root", 0, 0],
    ["daemon", 1, 2],
  ];
  for (const [spec, uid, gid] of cases)
    assert.deepEqual(await resolveOwner(image().tree, spec), { uid, gid }, spec);
});

test("numbers need no accounts", async () => {
  const { tree, reads } = image({});
  assert.deepEqual(await resolveOwner(tree, "5:6"), { uid: 5, gid: 6 });
  const files = image();
  await resolveOwner(files.tree, "5:6");
  assert.equal(reads() + files.reads(), 0);
});

test("a process has its account's groups, its own among them, and home", async () => {
  const cases: readonly (readonly [string, number, number, readonly number[], string])[] = [
    ["root", 0, 0, [0, 29], "/root"],
    ["0", 0, 0, [0, 29], "/root"],
    ["", 0, 0, [0, 29], "/root"],
    ["0:0", 0, 0, [0], "/root"],
    ["joe", 1000, 1001, [1001, 50, 29], "/home/joe"],
    ["1000", 1000, 1001, [1001, 50, 29], "/home/joe"],
    ["joe:staff", 1000, 50, [50], "/home/joe"],
    ["1000:7", 1000, 7, [7], "/home/joe"],
    ["joe:", 1000, 1001, [1001, 50, 29], "/home/joe"],
    [":staff", 0, 50, [50], "/root"],
    ["4321", 4321, 0, [0], "/"],
    ["4321:staff", 4321, 50, [50], "/"],
    ["homeless", 1002, 1002, [1002], "/"],
    ["daemon", 1, 2, [29, 2], "/usr/sbin"],
  ];
  for (const [spec, uid, gid, additionalGids, home] of cases)
    assert.deepEqual(await resolveIdentity(image().tree, spec), { uid, gid, additionalGids, home }, spec);
});

test("a name that is not there is an error that says where", async () => {
  const hint = "create it in an earlier step, or write its number";
  const cases: readonly (readonly [string, string])[] = [
    ["jo", 'unknown user "jo": no such name in /etc/passwd of stage build'],
    ["Joe", 'unknown user "Joe": no such name in /etc/passwd of stage build'],
    ["joe:nobody", 'unknown group "nobody": no such name in /etc/group of stage build'],
    ["5:nobody", 'unknown group "nobody": no such name in /etc/group of stage build'],
    [
      "# a comment without a colon",
      'unknown user "# a comment without a colon": no such name in /etc/passwd of stage build',
    ],
  ];
  for (const [spec, message] of cases) {
    const expected = { code: "resolve-user", message, facts: { hint } };
    await assert.rejects(resolveOwner(image().tree, spec), expected, spec);
    await assert.rejects(resolveIdentity(image().tree, spec), expected, spec);
  }
});

test("an image without accounts knows only numbers", async () => {
  const { tree } = image({});
  assert.deepEqual(await resolveIdentity(tree, "5"), { uid: 5, gid: 0, additionalGids: [0], home: "/" });
  assert.deepEqual(await resolveIdentity(tree, ""), { uid: 0, gid: 0, additionalGids: [0], home: "/" });
  for (const spec of ["root", "root:root", ":root", ""])
    assert.deepEqual(await resolveOwner(tree, spec), { uid: 0, gid: 0 }, spec);
  await assert.rejects(resolveOwner(tree, "joe"), { code: "resolve-user" });
  await assert.rejects(resolveIdentity(tree, "root"), { code: "resolve-user" });
});
