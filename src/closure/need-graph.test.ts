import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE, file, LIB, library, link, program, prove } from "./fixtures.ts";

test("who needs a library, and the shortest way to it from a program", () => {
  const { needs } = prove({
    ...BASE,
    "usr/bin/a": program(["liba.so", "libz.so"]),
    "usr/bin/b": program(["liba.so"]),
    "usr/bin/s": file("#!/usr/bin/b\n"),
    [`${LIB}/liba.so`]: library("liba.so", { needed: ["libz.so"] }),
    [`${LIB}/libz.so`]: link("libz.so.1"),
    [`${LIB}/libz.so.1`]: library("libz.so"),
  });
  assert.deepEqual(
    needs.neededBy(`${LIB}/libz.so.1`).map(({ by, how }) => `${how} ${by}`),
    ["library usr/bin/a", `library ${LIB}/liba.so`],
  );
  assert.deepEqual(needs.chainTo(`${LIB}/libz.so.1`), ["usr/bin/a", `${LIB}/libz.so.1`]);
  assert.deepEqual(needs.chainTo("usr/bin/b"), ["usr/bin/s", "usr/bin/b"]);
  assert.deepEqual(needs.chainTo("usr/bin/a"), ["usr/bin/a"]);
  assert.deepEqual(
    needs.neededBy(`${LIB}/ld-linux-x86-64.so.2`).map(({ by, how }) => `${how} ${by}`),
    ["interpreter usr/bin/a", "interpreter usr/bin/b", `library ${LIB}/libc.so.6`],
  );
});

test("files that need each other have a way to them all the same", () => {
  const { needs } = prove({
    ...BASE,
    [`${LIB}/liba.so`]: library("liba.so", { needed: ["libb.so"] }),
    [`${LIB}/libb.so`]: library("libb.so", { needed: ["liba.so"] }),
  });
  assert.deepEqual(needs.chainTo(`${LIB}/liba.so`), [`${LIB}/libb.so`, `${LIB}/liba.so`]);
});
