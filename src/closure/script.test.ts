import assert from "node:assert/strict";
import { test } from "node:test";
import { describeGap } from "./describe-gap.ts";
import { BASE, file, link, program, prove, type Sample } from "./fixtures.ts";
import { envCommand, readScript } from "./script.ts";

test("the first line is taken apart as the kernel does it", () => {
  const cases: readonly (readonly [text: string, ...expected: readonly string[]])[] = [
    ["#!/bin/sh\necho\n", "/bin/sh"],
    ["#! \t/bin/sh  -e -u \t\nrest", "/bin/sh", "-e -u"],
    ["#!/bin/sh", "/bin/sh"],
    ["#!/bin/sh\r\n", "/bin/sh\r"],
    ["#!python\n", "python"],
    ["#!/bin/sh\0garbage", "/bin/sh"],
    ["#!\n"],
    ["# !/bin/sh\n"],
    [""],
    [`#!/${"x".repeat(300)}`],
    [`#!/x ${"y".repeat(300)}`, "/x", "y".repeat(251)],
  ];
  for (const [text, interpreter, argument] of cases) {
    const script = readScript(Buffer.from(text));
    assert.deepEqual([script?.interpreter, script?.argument], [interpreter, argument], text);
  }
});

test("env is told what to start", () => {
  const cases: readonly (readonly [argument: string | undefined, command: string | undefined])[] = [
    ["python3", "python3"],
    ["python3 -u", "python3 -u"],
    ["-S python3 -u", "python3"],
    ["-Spython3", "python3"],
    ["-iS A=1 perl -w", "perl"],
    ["-S -u HOME -i A=b node --x", "node"],
    ["--split-string=-C /tmp 'my prog' x", "my prog"],
    ["-S -- A=1 sh", "sh"],
    ["-S my\\ prog", "my prog"],
    [undefined, undefined],
    ["-S A=1", undefined],
  ];
  for (const [argument, command] of cases) assert.equal(envCommand(argument), command, argument);
});

function missing(
  samples: Readonly<Record<string, Sample>>,
  environment: readonly string[] = [],
): readonly string[] {
  return prove({ ...BASE, ...samples }, { environment }).gaps.map((gap) => describeGap(gap));
}

test("a script needs its interpreter, and env the command on PATH", () => {
  const sh = { "usr/bin/sh": link("dash"), "usr/bin/dash": program(["libc.so.6"]) };
  const env = { "usr/bin/env": program(["libc.so.6"]) };
  const python = { "opt/python/python3": program(["libc.so.6"]) };
  const script = { "usr/bin/x": file("#!/usr/bin/env -S python3 -u\n") };
  assert.deepEqual(missing({ "usr/bin/x": file("#!/bin/sh\n"), ...sh }), []);
  assert.deepEqual(missing({ "usr/bin/x": file("#!/bin/sh\n") }), [
    "usr/bin/x is started by /bin/sh, which is not there",
  ]);
  assert.deepEqual(missing({ "usr/bin/x": file("#!/bin/sh\r\n"), ...sh }), [
    'usr/bin/x is started by "/bin/sh\\r", which is not there',
  ]);
  assert.deepEqual(missing({ ...script, ...env, ...python }), [
    "usr/bin/x is started by python3, which is in no folder of PATH",
  ]);
  assert.deepEqual(missing({ ...script, ...env, ...python }, ["PATH=/usr/bin:/opt/python"]), []);
  assert.deepEqual(missing({ ...script, ...python }, ["PATH=/opt/python"]), [
    "usr/bin/x is started by /usr/bin/env, which is not there",
  ]);
  assert.deepEqual(missing({ "usr/bin/x": file("#!/usr/bin/env sh -e\n"), ...env, ...sh }), [
    'usr/bin/x is started by "sh -e", which is in no folder of PATH',
  ]);
});

test("a script may be started by a script, and one that nobody may execute by nothing", () => {
  const samples = {
    "usr/bin/a": file("#!/usr/bin/b\n"),
    "usr/bin/b": file("#!/usr/bin/c\n", 0o644),
    "usr/lib/module.py": file("#!/usr/bin/python3\n", 0o644),
  };
  assert.deepEqual(missing(samples), ["usr/bin/a is started by /usr/bin/b, which nobody may execute"]);
  assert.deepEqual(missing({ ...samples, "usr/bin/b": file("#!/usr/bin/c\n") }), [
    "usr/bin/b is started by /usr/bin/c, which is not there",
  ]);
});

test("a script that is no program, such as a module, is only worth a word", () => {
  const levels = (path: string, environment: readonly string[] = []) =>
    prove({ ...BASE, [path]: file("#!/usr/bin/env python3\n") }, { environment }).gaps.map(
      ({ level }) => level,
    );
  for (const path of ["usr/bin/x", "usr/libexec/x", "opt/app/bin/x", "entrypoint.sh"])
    assert.deepEqual(levels(path), ["required"], path);
  for (const path of ["usr/lib/python3.11/pdb.py", "etc/init.d/x"])
    assert.deepEqual(levels(path), ["advice"], path);
  assert.deepEqual(levels("app/x", ["PATH=/app"]), ["required"]);
});
