import assert from "node:assert/strict";
import { test } from "node:test";
import { describeGap } from "./describe-gap.ts";
import { ARM64, BASE, file, LIB, LOADER, library, link, program, prove, type Sample } from "./fixtures.ts";
import type { ClosureOptions } from "./prove-closure.ts";

/** What is missing, in the words that people get, with its level in front. */
function missing(
  samples: Readonly<Record<string, Sample>>,
  options: Omit<ClosureOptions, "facts"> = {},
): readonly string[] {
  return prove({ ...BASE, ...samples }, options).gaps.map((gap) => `${gap.level}: ${describeGap(gap)}`);
}

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

/** Where a program's library is, what leads there, and whether it is found. */
const PLACES: readonly (readonly [
  what: string,
  elf: Parameters<typeof program>[1],
  place: string,
  found: boolean,
])[] = [
  ["no path", {}, "opt/a/lib", false],
  ["a RUNPATH from the program", { runpath: ["$ORIGIN/../lib"] }, "opt/a/lib", true],
  ["an RPATH in braces", { rpath: ["/nowhere", `\${ORIGIN}/../lib`] }, "opt/a/lib", true],
  ["an RPATH that a RUNPATH hides", { rpath: ["$ORIGIN/../lib"], runpath: ["/x"] }, "opt/a/lib", false],
  ["$LIB", { runpath: ["/opt/$LIB"] }, "opt/lib/x86_64-linux-gnu", true],
  ["$PLATFORM", { runpath: ["/opt/$PLATFORM/"] }, "opt/x86_64", true],
  [
    "a token that is only the beginning of a word",
    { runpath: ["/opt/$LIBRARY"] },
    "opt/lib/x86_64-linux-gnuRARY",
    false,
  ],
  ["too many steps up", { runpath: ["$ORIGIN/../../../../../opt/a/lib"] }, "opt/a/lib", true],
  ["the default folders", {}, "usr/lib", true],
  ["the default folders, switched off", { noDefaultPaths: true }, "usr/lib", false],
];

for (const [what, elf, place, found] of PLACES)
  test(`the search path: ${what} ${found ? "leads" : "does not lead"} to /${place}`, () => {
    const gaps = missing({
      "opt/a/bin/run": program(["libx.so.1"], elf),
      [`${place}/libx.so.1`]: library("libx.so.1"),
    });
    const expected = `required: opt/a/bin/run needs libx.so.1, but ${place}/libx.so.1 is where nobody looks for it`;
    assert.deepEqual(gaps, found ? [] : [expected]);
  });

test("an RPATH is inherited by libraries, a RUNPATH is not", () => {
  const libraries = {
    "opt/lib/liba.so": library("liba.so", { needed: ["libb.so"] }),
    "opt/lib/libb.so": library("libb.so"),
  };
  assert.deepEqual(
    missing({ "opt/run": program(["liba.so"], { rpath: ["$ORIGIN/lib"] }), ...libraries }),
    [],
  );
  assert.equal(
    missing({ "opt/run": program(["liba.so"], { runpath: ["$ORIGIN/lib"] }), ...libraries }).length,
    1,
  );
  const own = {
    ...libraries,
    "opt/lib/liba.so": library("liba.so", { needed: ["libb.so"], runpath: ["/x"] }),
  };
  assert.equal(missing({ "opt/run": program(["liba.so"], { rpath: ["$ORIGIN/lib"] }), ...own }).length, 1);
});

test("a library that is in memory already is not looked for again", () => {
  const gaps = missing({
    "opt/run": program(["liba.so", "libb.so"], { runpath: ["$ORIGIN/lib"] }),
    "opt/lib/liba.so": library("liba.so"),
    "opt/lib/libb.so": library("libb.so", { needed: ["liba.so"] }),
  });
  assert.deepEqual(gaps, []);
});

test("$ORIGIN of a library is the folder that it was found by, of a program the one where it really is", () => {
  const gaps = missing({
    "usr/bin/run": link("/opt/app/bin/run"),
    "opt/app/bin/run": program(["liba.so"], { runpath: ["$ORIGIN/../lib"] }),
    "opt/app/lib/liba.so": link("../../store/1/liba.so"),
    "opt/store/1/liba.so": library("liba.so", { needed: ["libb.so"], runpath: ["$ORIGIN"] }),
    "opt/app/lib/libb.so": library("libb.so"),
  });
  assert.deepEqual(gaps, []);
});

test("folders of the environment, of the loader's configuration and of the recipe are searched", () => {
  const samples = { "usr/bin/a": program(["libx.so"]), "opt/x/libx.so": library("libx.so") };
  assert.equal(missing(samples).length, 1);
  assert.deepEqual(missing(samples, { environment: ["LD_LIBRARY_PATH=relative:/opt/x"] }), []);
  assert.deepEqual(missing(samples, { libraryFolders: ["/opt/x"] }), []);
  const texts: Readonly<Record<string, string>> = {
    "etc/ld.so.conf": "# all\ninclude /etc/ld.so.conf.d/*.conf\ninclude ld.so.conf\n",
    "etc/ld.so.conf.d/x.conf": "/opt/x # here\n",
  };
  const configured = { ...samples, "etc/ld.so.conf": file(), "etc/ld.so.conf.d/x.conf": file() };
  const text = (path: string) => texts[path];
  assert.equal(missing(configured, { text }).length, 1, "without a cache the loader does not know");
  assert.deepEqual(missing({ ...configured, "etc/ld.so.cache": file() }, { text }), []);
});

test("a loader configuration that makes no sense says nothing", () => {
  const samples = {
    "etc/ld.so.cache": file(),
    "etc/ld.so.conf": file(),
    "etc/ld-musl-x86_64.path": file(),
    "usr/bin/a": program(["libx.so"]),
  };
  const lines = [
    "include [",
    "include /etc/ld.so.conf",
    "include",
    "include loop/*",
    "relative",
    "\0",
    "/gone",
    "[x",
  ];
  for (const text of [lines.join("\n"), "", "\n\n:::"])
    assert.equal(missing(samples, { text: () => text }).length >= 1, true);
  const musl = {
    "etc/ld-musl-x86_64.path": file(),
    "lib/ld-musl-x86_64.so.1": { ...library("libc.musl-x86_64.so.1"), mode: 0o755 },
    "bin/a": program(["libx.so"], { interpreter: "/lib/ld-musl-x86_64.so.1" }),
    "opt/libx.so": library("libx.so"),
  };
  assert.equal(prove(musl).gaps.length, 1);
  assert.deepEqual(
    prove(musl, { text: (path) => (path.endsWith(".path") ? "/lib:/opt\n" : undefined) }).gaps,
    [],
  );
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
