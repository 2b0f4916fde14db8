import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { seccompProfile } from "./seccomp.ts";
import { seccompFilter } from "./seccomp-filter.ts";
import { ALLOWED_SYSCALLS } from "./seccomp-syscalls.ts";

/** The store's folder for what is remembered, with its folder for drafts. */
function memory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tare-seccomp-"));
  mkdirSync(join(path, "tmp"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const hasLibrary = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"].some(
  (folder) => existsSync(join(folder, "libseccomp.so.2")),
);
const skip = hasLibrary ? false : "libseccomp is not installed";

test("the profile allows what is listed and answers anything else with ENOSYS", () => {
  const profile = seccompProfile("x64");
  assert.deepEqual([profile.defaultAction, profile.defaultErrnoRet], ["SCMP_ACT_ERRNO", 38]);
  assert.deepEqual(profile.architectures, ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
  assert.deepEqual(seccompProfile("arm64").architectures, ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]);
  assert.deepEqual(seccompProfile("other").architectures, []);
  const free = profile.syscalls.filter(({ args }) => args === undefined).flatMap(({ names }) => names);
  for (const name of ["read", "execve", "clone3", "chroot"]) assert.ok(free.includes(name), name);
  const dangerous = [
    "bpf",
    "kexec_load",
    "init_module",
    "perf_event_open",
    "userfaultfd",
    "swapon",
    "socket",
  ];
  for (const name of dangerous) assert.ok(!free.includes(name), name);
});

test("no system call is listed twice, each is a name", () => {
  assert.equal(new Set(ALLOWED_SYSCALLS).size, ALLOWED_SYSCALLS.length);
  for (const name of ALLOWED_SYSCALLS) assert.match(name, /^_?[a-z][a-z0-9_]+$/);
});

test("sockets of the hypervisor and odd personalities are what arguments are looked at for", () => {
  const conditions = seccompProfile("x64").syscalls.flatMap(({ names, args = [] }) =>
    args.map(({ index, op, value }) => `${names.join()} ${index} ${op} ${value}`),
  );
  assert.deepEqual(conditions, [
    "socket 0 SCMP_CMP_NE 40",
    "personality 0 SCMP_CMP_EQ 0",
    "personality 0 SCMP_CMP_EQ 8",
    "personality 0 SCMP_CMP_EQ 131072",
    "personality 0 SCMP_CMP_EQ 131080",
    "personality 0 SCMP_CMP_EQ 4294967295",
  ]);
});

test("the filter is a program of whole instructions, the same every time", { skip }, () => {
  using first = memory();
  using second = memory();
  const profile = seccompProfile(arch());
  const program = Buffer.from(seccompFilter(profile, first.path) ?? "", "base64");
  assert.ok(program.length > 100 * 8, `${program.length} bytes`);
  assert.equal(program.length % 8, 0);
  assert.equal(Buffer.from(seccompFilter(profile, second.path) ?? "", "base64").compare(program), 0);
  assert.deepEqual(readdirSync(join(first.path, "tmp")), []);
});

test("a filter is remembered for its profile", { skip }, () => {
  using work = memory();
  const profile = seccompProfile(arch());
  seccompFilter(profile, work.path);
  const [name = ""] = readdirSync(work.path).filter((file) => file.startsWith("seccomp-"));
  assert.match(name, /^seccomp-[0-9a-f]{16}\.bpf$/);
  writeFileSync(join(work.path, name), "remembered");
  assert.equal(seccompFilter(profile, work.path), Buffer.from("remembered").toString("base64"));
  const other = seccompFilter({ ...profile, defaultErrnoRet: 1 }, work.path);
  assert.notEqual(other, Buffer.from("remembered").toString("base64"));
  assert.equal(readdirSync(work.path).filter((file) => file.startsWith("seccomp-")).length, 2);
});

test("an empty memory of a crash is not taken for a filter", { skip }, () => {
  using work = memory();
  const profile = seccompProfile(arch());
  const good = seccompFilter(profile, work.path);
  const [name = ""] = readdirSync(work.path).filter((file) => file.startsWith("seccomp-"));
  writeFileSync(join(work.path, name), "");
  assert.equal(seccompFilter(profile, work.path), good);
});

test("where no filter can be made there is none, and the runtime makes its own", () => {
  using work = memory();
  rmSync(join(work.path, "tmp"), { recursive: true });
  assert.equal(seccompFilter(seccompProfile(arch()), work.path), undefined);
});
