import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { execFailure, findProgram, requireProgram } from "./exec-failure.ts";
import type { ProcessSpec } from "./types.ts";

/** A root file system with programs of these contents. */
function root() {
  const rootfs = mkdtempSync(join(tmpdir(), "tare-exec-"));
  const spec = (command: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
    args: [command],
    env: ["PATH=/bin:/opt/bin"],
    cwd: "/work",
    user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, additionalGids: [] },
    hostname: "box",
    network: "none",
    rootfs,
    mounts: [],
    terminal: false,
    ...more,
  });
  return {
    rootfs,
    add: (path: string, content: string, mode = 0o755) => {
      mkdirSync(dirname(join(rootfs, path)), { recursive: true });
      writeFileSync(join(rootfs, path), content, { mode });
    },
    find: (command: string) => findProgram(spec(command)),
    why: (command: string, more?: Partial<ProcessSpec>) => execFailure(spec(command, more)),
    require: (command: string, more?: Partial<ProcessSpec>) => requireProgram(spec(command, more)),
    [Symbol.dispose]: () => rmSync(rootfs, { recursive: true, force: true }),
  };
}

test("a command is looked for as a shell does, inside the root", () => {
  using work = root();
  work.add("opt/bin/tool", "");
  work.add("usr/bin/sh", "");
  symlinkSync("/usr/bin", join(work.rootfs, "bin"));
  assert.deepEqual(["sh", "tool", "none", "/x/y", "./y", "../y"].map(work.find), [
    "/bin/sh",
    "/opt/bin/tool",
    undefined,
    "/x/y",
    "/work/y",
    "/y",
  ]);
});

test("a script without its interpreter, and what is no program, can not have run", () => {
  using work = root();
  work.add("bin/sh", "#!/bin/true\n");
  work.add("bin/true", "\x7fELF");
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["#!/bin/sh\n", undefined],
    ["#! /bin/sh -e\n", undefined],
    ["#!/bin/none\n", "not-found"],
    ["#!/bin/sh\r\n", "not-found"],
    ["#!\n", "not-executable"],
    ["text", "not-executable"],
    ["", "not-executable"],
  ];
  for (const [content, wanted] of cases) {
    work.add("bin/x", content);
    assert.equal(work.why("/bin/x"), wanted, JSON.stringify(content));
  }
});

test("a program of this machine can not have run without its loader", () => {
  using work = root();
  work.add("bin/none", "");
  copyFileSync(process.execPath, join(work.rootfs, "bin/node"));
  assert.equal(work.why("node"), "not-found");
  assert.equal(work.why("node", { rootfs: "/", env: [`PATH=${dirname(process.execPath)}`] }), undefined);
});

test("the mode has to allow it to the user", () => {
  using work = root();
  work.add("bin/own", "#!/bin/own\n", 0o700);
  work.add("bin/none", "#!/bin/own\n", 0o666);
  const other = { uid: 4321, gid: 4321, additionalGids: [] };
  assert.equal(work.why("/bin/own"), undefined);
  assert.equal(work.why("/bin/own", { user: other }), "not-executable");
  assert.equal(work.why("/bin/none"), "not-executable");
});

test("what nobody can run is refused before it is tried, unless something may be mounted there", () => {
  using work = root();
  work.add("bin/none", "#!/bin/own\n", 0o644);
  work.add("opt/bin/tool", "\x7fELF", 0o755);
  work.add("bin/text", "echo hello\n");
  work.add("bin/binary", "MZ\0");
  work.add("bin/script", "#!/gone/sh\n");
  work.add("bin/outside", "#!/proc/self/exe\n");
  work.add("bin/folder/x", "");
  work.add("bin/tool", "", 0o644);
  const mount = { type: "bind", source: "/", target: "/bin", readonly: true } as const;
  const cases: readonly (readonly [string, Partial<ProcessSpec>, string | undefined])[] = [
    ["/bin/none", {}, "exec-not-executable"],
    ["none", {}, "exec-not-executable"],
    ["none", { mounts: [mount] }, undefined],
    ["tool", {}, undefined],
    ["gone", {}, "exec-not-found"],
    ["text", {}, "exec-not-executable"],
    ["binary", {}, undefined],
    ["script", {}, "exec-not-found"],
    ["script", { mounts: [{ ...mount, target: "/gone" }] }, undefined],
    ["outside", {}, undefined],
    ["folder", {}, "exec-not-found"],
    ["/bin/folder", {}, "exec-not-executable"],
  ];
  for (const [command, more, code] of cases)
    if (code === undefined) work.require(command, more);
    else assert.throws(() => work.require(command, more), { code }, command);
});

test("what is not there is told by the runtime itself", () => {
  using work = root();
  work.add("bin/dir/x", "");
  for (const command of ["none", "/none", "/bin/dir", ""])
    assert.equal(work.why(command), undefined, command);
});
