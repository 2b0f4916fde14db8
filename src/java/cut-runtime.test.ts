import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { collectBytes, TareError } from "../base/index.ts";
import { cutRuntime } from "./cut-runtime.ts";
import { lookUp, moduleInfo, reading, type TestModule, testImage } from "./fixtures.ts";
import { readImageIndex } from "./jimage.ts";
import { writeImageIndex } from "./jimage-write.ts";
import { ofOtherModules } from "./module-files.ts";
import { requiredModules } from "./module-info.ts";

const MODULES: Readonly<Record<string, TestModule>> = {
  "java.base": {
    files: { "java/lang/Object.class": "object", "java/util/x.properties": "x", noextension: "n" },
  },
  "java.logging": { requires: ["java.base"], files: { "java/util/logging/Logger.class": "logger" } },
  "java.sql": {
    requires: ["java.logging", "java.base", "static java.desktop"],
    files: { "java/sql/A.class": "sql" },
  },
  "java.desktop": {
    requires: ["java.base"],
    files: { "java/awt/B.class": "awt", "java/util/awt/é.class": "" },
  },
};

async function cut(modules: readonly string[], { image = testImage(MODULES), piece = 100 } = {}) {
  const found = await cutRuntime(reading(image, piece), modules);
  return { modules: [...found.modules].sort(), image: await collectBytes(found.content()) };
}

test("what is left are the modules and what they require, each path where Java looks for it", async () => {
  for (const piece of [1, 7, 100, 100_000]) {
    const { modules, image } = await cut(["java.sql"], { piece });
    assert.deepEqual(modules, ["java.base", "java.logging", "java.sql"]);
    for (const name of modules) {
      assert.deepEqual(
        lookUp(image, `/${name}/module-info.class`),
        moduleInfo(name, MODULES[name]?.requires),
      );
      for (const [path, content] of Object.entries(MODULES[name]?.files ?? {}))
        assert.equal(lookUp(image, `/${name}/${path}`)?.toString(), content);
    }
    for (const gone of ["/java.desktop/java/awt/B.class", "/packages/java.awt", "/modules/java.desktop"])
      assert.equal(lookUp(image, gone), undefined, gone);
    assert.match(String(lookUp(image, "/java.base/jdk/internal/vm/options")), /disableFastPath/);
  }
});

test("directories list what is left, and packages the modules that have them", async () => {
  const { image } = await cut(["java.logging"]);
  const { entries, text } = readImageIndex(image);
  const paths = new Map(entries.map(({ place, path }) => [place, path]));
  const words = (path: string) => {
    const bytes = lookUp(image, path) ?? assert.fail(path);
    return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(4 * at));
  };
  const listed = (path: string) => words(path).map((place) => paths.get(place));
  assert.deepEqual(listed("/modules"), ["/modules/java.base", "/modules/java.logging"]);
  assert.deepEqual(listed("/packages"), [
    "/packages/java.lang",
    "/packages/java.util",
    "/packages/java.util.logging",
  ]);
  assert.deepEqual(listed("/modules/java.logging/java/util/logging"), [
    "/java.logging/java/util/logging/Logger.class",
  ]);
  assert.deepEqual(
    words("/packages/java.util.logging").map((word, at) => (at % 2 === 0 ? word : text(word))),
    [0, "java.logging"],
  );
});

test("the same modules give the same bytes, and cutting again takes what options there are for an oddity", async () => {
  const first = await cut(["java.logging"]);
  assert.ok((await cut(["java.base", "java.logging"])).image.equals(first.image));
  await assert.rejects(cut([], { image: first.image }), { code: "user-unsupported" });
});

test("a module that is not there is named, with the one that may be meant", async () => {
  await assert.rejects(
    cut(["java.loging"]),
    (error) =>
      error instanceof TareError &&
      error.code === "user-bad-recipe" &&
      /java\.logging\?/.test(error.facts.hint ?? ""),
  );
});

test("every table of paths finds each of them, however many there are", async () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}(\/[a-zé$]{1,9}){0,3}(\.class)?$/), {
    maxLength: 200,
  });
  await fc.assert(
    fc.asyncProperty(names, async (paths) => {
      const files = Object.fromEntries(paths.map((path) => [path, `at ${path}`]));
      const { image } = await cut([], { image: testImage({ "java.base": { files } }) });
      for (const path of paths) assert.equal(lookUp(image, `/java.base/${path}`)?.toString(), `at ${path}`);
      assert.equal(lookUp(image, "/java.base/there/is/nothing"), undefined);
    }),
    { numRuns: 60 },
  );
});

test("a file that is damaged or of another form is refused, or cut, and never anything else", async () => {
  const image = testImage(MODULES);
  await assert.rejects(cut([], { image: Buffer.from("no image") }), { code: "user-unsupported" });
  await fc.assert(
    fc.asyncProperty(fc.nat(image.length - 1), fc.nat(255), fc.boolean(), async (at, byte, shorter) => {
      const damaged = Buffer.from(shorter ? image.subarray(0, at) : image);
      if (!shorter) damaged[at] = byte;
      await cut(["java.sql"], { image: damaged }).catch((error: unknown) => {
        assert.ok(error instanceof TareError && /^user-/.test(error.code), String(error));
      });
    }),
    { numRuns: 300 },
  );
});

test("two entries of one path, as damage makes them, are refused", () => {
  const parts = { module: "a", parent: "p", base: "b", extension: "class" };
  const entry = { path: "/a/p/b.class", parts, size: 1 };
  assert.throws(() => writeImageIndex([entry, entry], { version: 1 << 16, texts: [] }), {
    code: "user-unsupported",
    message: /two entries of one path/,
  });
});

test("what a module requires is read from its class file, but not what is optional", () => {
  assert.deepEqual(requiredModules(moduleInfo("a", ["java.base", "static b", "c"])), ["java.base", "c"]);
  assert.deepEqual(requiredModules(moduleInfo("a")), []);
});

test("libraries and programs of modules that are left out, and archives of classes, are of no use", () => {
  const modules = new Set(["java.base", "java.rmi"]);
  const files = [
    "lib/libjava.so",
    "lib/librmi.so",
    "bin/java",
    "lib/libawt.so",
    "bin/jfr",
    "lib/server/classes.jsa",
  ];
  assert.deepEqual(
    files.filter((path) => ofOtherModules(path, modules)),
    ["lib/libawt.so", "bin/jfr", "lib/server/classes.jsa"],
  );
});
