import assert from "node:assert/strict";
import { test } from "node:test";
import { file, library, link, missing, program, prove } from "./fixtures.ts";

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
