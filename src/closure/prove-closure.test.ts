import assert from "node:assert/strict";
import { test } from "node:test";
import { describeGap } from "./describe-gap.ts";
import { ARM64, BASE, file, LIB, LOADER, library, link, missing, program, prove } from "./fixtures.ts";

test("a tree with all that it needs has no gap, merged /usr or not", () => {
  assert.deepEqual(missing({ "usr/bin/a": program(["libc.so.6"]) }), []);
  const apart = Object.fromEntries(
    Object.entries(BASE)
      .filter(([path]) => path !== "lib" && path !== "lib64" && path !== "bin")
      .map(([path, sample]) => [path.includes("gconv") ? path : path.replace(/^usr\/lib/, "lib"), sample]),
  );
  const { gaps } = prove({ ...apart, "bin/a": program(["libc.so.6"]) });
  assert.deepEqual(gaps, []);
});

test("a library that is nowhere is a gap of each file that needs it, once", () => {
  const samples = {
    "usr/bin/a": program(["libx.so.1", "libc.so.6"]),
    "usr/bin/b": program(["libx.so.1"]),
    [`${LIB}/libx.so.1`]: link("libx.so.1.2"),
    [`${LIB}/libx.so.1.2`]: library("libx.so.1", { needed: ["liby.so.2"] }),
  };
  assert.deepEqual(missing(samples), [
    `required: ${LIB}/libx.so.1.2 needs liby.so.2, which no package of the recipe brings (loading usr/bin/a)`,
  ]);
  const { [`${LIB}/libx.so.1.2`]: _, ...without } = samples;
  assert.deepEqual(missing(without), [
    "required: usr/bin/a needs libx.so.1, which no package of the recipe brings",
    "required: usr/bin/b needs libx.so.1, which no package of the recipe brings",
    `required: ${LIB}/libx.so.1 is a link to libx.so.1.2, but there is no ${LIB}/libx.so.1.2`,
  ]);
});

test("a library for another machine is passed over, and named when there is no other", () => {
  const samples = {
    "usr/bin/a": program(["libx.so"], { runpath: ["/opt"] }),
    "opt/libx.so": library("libx.so", ARM64),
  };
  assert.deepEqual(missing({ ...samples, "usr/lib/libx.so": library("libx.so") }), [
    "advice: nothing here can load opt/libx.so: it is for AArch64 with 64 bits",
  ]);
  assert.deepEqual(missing(samples), [
    "required: usr/bin/a needs libx.so, but opt/libx.so is for AArch64 with 64 bits",
    "advice: nothing here can load opt/libx.so: it is for AArch64 with 64 bits",
  ]);
  const narrow = { "opt/libx.so": library("libx.so", { machine: 62, bits: 32 }) };
  assert.match(missing({ ...samples, ...narrow })[0] as string, /is for x32 with 32 bits/);
});

test("a file of the right name that is no library ends the search", () => {
  const samples = {
    "usr/bin/a": program(["libx.so"], { runpath: ["/opt"] }),
    "usr/lib/libx.so": library("libx.so"),
  };
  assert.deepEqual(missing({ ...samples, "opt/libx.so": file("GROUP ( libx.so.1 )") }), [
    "required: usr/bin/a needs libx.so, but opt/libx.so is no library",
  ]);
  assert.deepEqual(missing({ ...samples, "opt/libx.so": file("\x7fELF", 0o644) }), [
    "advice: nothing here can load opt/libx.so: damaged ELF file: it has neither 32 nor 64 bits",
    "required: usr/bin/a needs libx.so, but opt/libx.so is damaged",
  ]);
});

test("versions of symbols are asked of the library that is found; weak ones, and libraries without any, are not", () => {
  const needs = (name: string, weak = false) =>
    program(["libx.so.1"], { versionNeeds: [{ library: "libx.so.1", versions: [{ name, weak }] }] });
  const withVersions = { [`${LIB}/libx.so.1`]: library("libx.so.1", { versions: ["libx.so.1", "X_1"] }) };
  assert.deepEqual(missing({ "usr/bin/a": needs("X_1"), ...withVersions }), []);
  assert.deepEqual(missing({ "usr/bin/a": needs("X_2", true), ...withVersions }), []);
  assert.deepEqual(missing({ "usr/bin/a": needs("X_2"), [`${LIB}/libx.so.1`]: library("libx.so.1") }), []);
  assert.deepEqual(missing({ "usr/bin/a": needs("X_2"), ...withVersions }), [
    `required: usr/bin/a needs the version X_2 of libx.so.1, which ${LIB}/libx.so.1 does not have`,
  ]);
});

test("a program needs its loader: there, executable, for the same machine", () => {
  const a = { "usr/bin/a": program(["libc.so.6"]) };
  const loader = `${LIB}/ld-linux-x86-64.so.2`;
  assert.deepEqual(missing({ ...a, "usr/lib64/ld-linux-x86-64.so.2": link("gone") }), [
    `required: usr/bin/a is started by ${LOADER}, which is not there`,
    "required: usr/lib64/ld-linux-x86-64.so.2 is a link to gone, but there is no usr/lib64/gone",
  ]);
  assert.deepEqual(missing({ ...a, [loader]: library("ld-linux-x86-64.so.2") }), [
    `required: usr/bin/a is started by ${LOADER}, which nobody may execute`,
  ]);
  assert.deepEqual(
    missing({ "usr/bin/a": program([], ARM64) })[0],
    `required: usr/bin/a is started by ${LOADER}, which is no loader for it`,
  );
});

test("static programs, object files and debug symbols need nothing", () => {
  const samples = {
    "usr/bin/static": program([], { isStatic: true, type: "executable" }),
    "usr/lib/crt1.o": library("crt1.o", { type: "relocatable", machine: 8 }),
    "usr/lib/debug/.build-id/00/1.debug": program(["libgone.so"]),
  };
  assert.deepEqual(missing(samples), []);
});

test("a damaged program is a gap when it can be started", () => {
  assert.deepEqual(missing({ "usr/bin/a": file("\x7fELF\x02\x01") }), [
    "required: nothing here can load usr/bin/a: damaged ELF file: the ELF header lies beyond the end of the file",
  ]);
});

test("libraries that need each other are loaded once", () => {
  const circle = {
    [`${LIB}/liba.so`]: library("liba.so", { needed: ["libb.so"] }),
    [`${LIB}/libb.so`]: library("libb.so", { needed: ["liba.so", "libgone.so"] }),
  };
  assert.equal(missing(circle).length, 1);
});

test("musl: its loader has the C library in itself, its own folders, and no versions", () => {
  const musl = {
    interpreter: "/lib/ld-musl-x86_64.so.1",
    versionNeeds: [{ library: "libz.so.1", versions: [{ name: "Z", weak: false }] }],
  };
  const samples = {
    "lib/ld-musl-x86_64.so.1": { ...library("libc.musl-x86_64.so.1"), mode: 0o755 },
    "bin/a": program(["libc.musl-x86_64.so.1", "libz.so.1"], musl),
    "usr/local/lib/libz.so.1": library("libz.so.1", { needed: ["libc.so"], versions: ["other"] }),
    "usr/lib/node/glibc.node": library("glibc.node", { needed: ["libc.so.6"] }),
  };
  assert.deepEqual(
    prove(samples).gaps.map((gap) => describeGap(gap)),
    ["nothing here can load usr/lib/node/glibc.node: it is for glibc, whose loader is not here"],
  );
  const addon = { "usr/lib/node/musl.node": library("musl.node", { needed: ["libc.musl-x86_64.so.1"] }) };
  assert.deepEqual(missing({ "usr/bin/a": program(["libc.so.6"]), ...addon }), [
    "advice: nothing here can load usr/lib/node/musl.node: it is for musl, whose loader is not here",
  ]);
});

test("links have to lead to something, in the tree or where only a running system has something", () => {
  const samples = {
    "etc/mtab": link("/proc/self/mounts"),
    "var/log/access.log": link("../../dev/stdout"),
    "a/up": link("../../../usr/bin"),
    "a/loop": link("loop2"),
    "a/loop2": link("./loop"),
    "a/gone": link("/etc/../gone/x"),
  };
  assert.deepEqual(missing(samples), [
    "required: a/gone is a link to /etc/../gone/x, but there is no gone/x",
    "required: a/loop is a link to loop2, which leads back to itself",
    "required: a/loop2 is a link to ./loop, which leads back to itself",
  ]);
});

test("allowed gaps are listed and are no errors, and an allowance that allows nothing is told", () => {
  const samples = {
    "usr/bin/a": program(["libx.so.1"]),
    "usr/bin/b": file("#!/usr/bin/perl -w\n"),
    "usr/share/doc/a/NEWS": link("gone"),
    "usr/share/man/a": link("gone"),
  };
  const allow = {
    missing: ["libx.so.*", "/usr/bin/perl", "liby*"],
    dangling: ["/usr/share/doc/**", "**/gone"],
  };
  const levels = prove({ ...BASE, ...samples }, { allow }).gaps.map((gap) => [
    gap.level,
    gap.kind,
    "file" in gap ? gap.file : gap.pattern,
  ]);
  assert.deepEqual(levels, [
    ["allowed", "library", "usr/bin/a"],
    ["allowed", "interpreter", "usr/bin/b"],
    ["allowed", "link", "usr/share/doc/a/NEWS"],
    ["required", "link", "usr/share/man/a"],
    ["advice", "unused-allowance", "**/gone"],
    ["advice", "unused-allowance", "liby*"],
  ]);
  assert.throws(() => prove(samples, { allow: { missing: ["lib[x"] } }), {
    code: "user-bad-recipe",
  });
});
