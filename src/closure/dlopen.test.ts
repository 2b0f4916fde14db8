import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE, LIB, library, missing, program, prove, type Sample } from "./fixtures.ts";

test("plugins are roots: what they need counts, with the search path of what brings it", () => {
  const plugin = library("x.so", { needed: ["libpriv.so"], rpath: ["$ORIGIN/private"] });
  const samples = {
    "usr/lib/python3/a-needed-first/liblast.so": library("liblast.so"),
    "usr/lib/plugins/x.so": plugin,
    "usr/lib/plugins/private/libpriv.so": library("libpriv.so", { needed: ["libpriv2.so"] }),
    "usr/lib/plugins/private/libpriv2.so": library("libpriv2.so"),
  };
  assert.deepEqual(missing(samples), []);
  const { "usr/lib/plugins/private/libpriv2.so": _, ...without } = samples;
  assert.deepEqual(missing(without), [
    "required: usr/lib/plugins/private/libpriv.so needs libpriv2.so, which no package of the recipe brings (loading usr/lib/plugins/x.so)",
  ]);
});

test("Java: libjvm.so is in memory before the libraries beside it, and what the machine can not do without is asked for", () => {
  const jvm = "usr/lib/jvm/17/lib";
  const own = (soname: string) => library(soname, { needed: ["libjvm.so"], rpath: ["$ORIGIN"] });
  const samples: Readonly<Record<string, Sample>> = {
    "usr/lib/jvm/17/bin/java": program(["libjli.so"], { rpath: ["$ORIGIN/../lib"] }),
    [`${jvm}/libjli.so`]: library("libjli.so"),
    [`${jvm}/server/libjvm.so`]: library("libjvm.so"),
    ...Object.fromEntries(
      ["java", "jimage", "zip", "nio", "net", "verify"].map((name) => [
        `${jvm}/lib${name}.so`,
        own(`lib${name}.so`),
      ]),
    ),
  };
  assert.deepEqual(missing(samples), []);
  const { [`${jvm}/libzip.so`]: _, ...without } = samples;
  assert.deepEqual(missing(without), [
    `required: ${jvm}/server/libjvm.so would load ${jvm}/libzip.so, which is not there, for jar files`,
  ]);
});

test("what glibc loads by name is advice", () => {
  const { [`${LIB}/libgcc_s.so.1`]: _, ...base } = BASE;
  const [gap, ...others] = prove(base).gaps;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [gap?.kind, gap?.level, gap?.kind === "dlopen" && gap.needs],
    ["dlopen", "advice", "libgcc_s.so.1"],
  );
});

test("what a file says that it loads by name is looked for as it would", () => {
  const note = (isRequired: boolean) => ({
    libraries: ["liba.so.2", "liba.so.1"],
    isRequired,
    reason: "drawing",
  });
  const user = (isRequired: boolean) => ({ "usr/bin/a": program([], { dlopenNotes: [note(isRequired)] }) });
  const told = "usr/bin/a would load liba.so.2, which is not there, for drawing";
  assert.deepEqual(missing(user(true)), [`required: ${told}`]);
  assert.deepEqual(missing(user(false)), [`advice: ${told}`]);
  assert.deepEqual(missing({ ...user(true), [`${LIB}/liba.so.1`]: library("liba.so.1") }), []);
});

test("name services are looked up in nsswitch.conf: built in, there, or missing", () => {
  const text = (lines: string) => (path: string) => (path === "etc/nsswitch.conf" ? lines : undefined);
  assert.deepEqual(missing({}, { text: text("passwd: files\nhosts: files dns # all\n") }), []);
  assert.deepEqual(missing({}, { text: text("hosts: files mymachines [NOTFOUND=return] dns\n") }), [
    "advice: etc/nsswitch.conf would load libnss_mymachines.so.2, which is not there, for hosts by the service mymachines",
  ]);
  const compat = { text: text("passwd:\tcompat\nnetgroup: nis") };
  assert.deepEqual(
    missing({}, compat).map((line) => line.split(":")[0]),
    ["required", "advice"],
  );
  const module = { [`${LIB}/libnss_compat.so.2`]: library("libnss_compat.so.2") };
  assert.equal(missing(module, compat).length, 1);
  const old = { [`${LIB}/libc.so.6`]: library("libc.so.6", { versions: ["GLIBC_2.31"] }) };
  assert.deepEqual(
    missing(old).map((line) => /libnss_\w+/.exec(line)?.[0]),
    ["libnss_files", "libnss_dns"],
  );
});
