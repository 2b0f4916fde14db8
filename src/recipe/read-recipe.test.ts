import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { problemOf, readFrom, readShipped, readText, SHIPPED_FOLDER } from "./fixtures.ts";
import { listRecipes, locateNames, readRecipe } from "./read-recipe.ts";
import { parseRecipeReference } from "./reference.ts";

const SHOP = new URL("./testdata/shop/", import.meta.url).pathname;

for (const architecture of ["amd64", "arm64"])
  test(`a recipe and what it extends come to one complete value (${architecture})`, async () => {
    const recipe = await readFrom({}, { reference: `${SHOP}recipe.yaml`, architecture });
    const golden = `${SHOP}expected-${architecture}.json`;
    const text = `${JSON.stringify(recipe, null, 2)}\n`;
    if (process.env.UPDATE_GOLDENS) await writeFile(golden, text);
    assert.equal(text, await readFile(golden, "utf8"));
  });

test("a recipe's name is its file's, its text may come from elsewhere", async () => {
  const recipe = await readRecipe({
    reference: parseRecipeReference("sub/mine.yaml"),
    text: "extends: static",
    architecture: "amd64",
    shippedFolder: SHIPPED_FOLDER,
    readFile,
  });
  assert.equal(recipe.name, "mine");
  assert.equal(recipe.release, "13");
  assert.ok(recipe.users.some(({ name, uid }) => name === "nonroot" && uid === 65532));
});

test("the release is the one asked for, else the first that the recipe names", async () => {
  const files = { "/r/recipe.yaml": "debian: [bookworm, 13]" };
  assert.equal((await readFrom(files)).codename, "bookworm");
  assert.equal((await readFrom(files, { reference: "/r/recipe.yaml:stable" })).codename, "trixie");
});

test("a release or architecture that a recipe in the chain is not for is refused", async () => {
  const files = { "/r/recipe.yaml": "extends: ./old.yaml\ndebian: [13]", "/r/old.yaml": "debian: [12]\n" };
  assert.equal(
    await problemOf(readFrom(files)),
    "1:9-13 the recipe old is not for Debian 13 | it is for 12 (bookworm)",
  );
  assert.equal(
    await problemOf(readText("architectures: [arm64]")),
    "1:16-23 the recipe recipe is not for amd64 | it is for arm64",
  );
  assert.equal(
    await problemOf(readShipped("python", "riscv64")),
    "4:16-30 the recipe static is not for riscv64 | it is for amd64, arm64",
  );
});

test("debug adds a shell beside everything else, but not to a whole system", async () => {
  const [plain, debug] = [await readShipped("python:12"), await readShipped("python:12-debug")];
  assert.equal(debug.debug, true);
  assert.deepEqual(debug.config.entrypoint, ["/busybox/sh"]);
  assert.ok(debug.links.some(({ path, target }) => path === "/busybox/sh" && target === "busybox"));
  assert.deepEqual(
    debug.packages
      .filter(({ name }) => !plain.packages.some((known) => known.name === name))
      .map(({ name }) => name),
    ["busybox-static"],
  );
  assert.notEqual(plain.digest, debug.digest);
  assert.equal(
    await problemOf(readShipped("debian:debug")),
    "the recipe debian has no variant debug | it has a shell already",
  );
});

test("every recipe that ships is complete for its releases and architectures", async () => {
  const summaries = await listRecipes({ shippedFolder: SHIPPED_FOLDER, readFile });
  const digests = new Set<string>();
  let read = 0;
  for (const { name, releases, architectures, description } of summaries) {
    assert.match(description, /^\S.{10,80}\S$/);
    for (const release of releases)
      for (const architecture of architectures)
        for (const debug of name === "debian" ? [""] : ["", "-debug"]) {
          const recipe = await readShipped(`${name}:${release}${debug}`, architecture);
          assert.ok(recipe.base || recipe.packages.length > 0, name);
          assert.ok(recipe.base || recipe.users.some(({ uid }) => uid === 0), name);
          digests.add(recipe.digest);
          read++;
        }
  }
  assert.equal(read, (summaries.length * 2 - 1) * 4);
  assert.equal(digests.size, read);
});

test("no recipe takes a package that it also leaves out", async () => {
  for (const { name, releases } of await listRecipes({ shippedFolder: SHIPPED_FOLDER, readFile }))
    for (const release of releases) {
      const { packages, without } = await readShipped(`${name}:${release}`);
      for (const pattern of without) {
        const isMeant = new RegExp(`^${pattern.replace(/[.+]/g, "\\$&").replaceAll("*", ".*")}$`);
        assert.deepEqual(
          packages.filter((item) => isMeant.test(item.name)),
          [],
          `${name} ${pattern}`,
        );
      }
    }
});

test("a file's content is a text, or parts that follow one another, of which texts alone are one text", async () => {
  const { files } = await readText(
    "files:\n  - { path: /a, content: x }\n  - { path: /b, content: [x, y] }\n  - { path: /c, content: [x, { file: /lib/y }] }",
  );
  assert.deepEqual(
    files.map(({ path, content, parts }) => [path, content, parts]),
    [
      ["/a", "x", undefined],
      ["/b", "xy", undefined],
      ["/c", "", ["x", { file: "/usr/lib/y" }]],
    ],
  );
});

const content = fc.record(
  {
    description: fc.stringMatching(/^[a-z ]{0,20}$/),
    packages: fc.uniqueArray(fc.constantFrom("libc6", "zlib1g (>= 1.2)", "libssl3", "curl")),
    environment: fc.dictionary(fc.stringMatching(/^[A-Z]{1,5}$/), fc.string({ unit: "grapheme-ascii" })),
    links: fc.dictionary(fc.stringMatching(/^\/[a-z]{1,5}$/), fc.stringMatching(/^[a-z]{1,5}$/)),
    labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.stringMatching(/^[a-z0-9.]{1,5}$/)),
    cmd: fc.array(fc.stringMatching(/^[a-z -]{0,8}$/)),
    shellless: fc.boolean(),
  },
  { requiredKeys: [] },
);

test("the digest does not depend on comments, order of keys, quotes and layout", async () => {
  await fc.assert(
    fc.asyncProperty(content, async (value) => {
      const reversed = JSON.parse(JSON.stringify(value), (_, item: unknown) =>
        typeof item === "object" && item !== null && !Array.isArray(item)
          ? Object.fromEntries(Object.entries(item).reverse())
          : item,
      );
      const texts = [
        stringify(value),
        `# a comment\n${stringify(reversed, { defaultStringType: "QUOTE_DOUBLE", indent: 4 })}\n\n`,
        JSON.stringify(reversed),
      ];
      const digests = await Promise.all(texts.map(async (text) => (await readText(text)).digest));
      assert.equal(new Set(digests).size, 1);
    }),
    { numRuns: 40 },
  );
});

test("the digest depends on every value, also on the bytes of a keyring and on what is extended", async () => {
  const text = "extends: ./a.yaml\nsources: [{uri: 'https://x.example', suites: [s], keyring: k}]";
  const files = { "/r/recipe.yaml": text, "/r/a.yaml": "packages: [a1]", "/r/k": "key" };
  const variants = [
    files,
    { ...files, "/r/k": "yek" },
    { ...files, "/r/a.yaml": "packages: [a2]" },
    { ...files, "/r/recipe.yaml": `${text}\ncmd: [a]` },
  ];
  const digests = await Promise.all(variants.map(async (variant) => (await readFrom(variant)).digest));
  assert.equal(new Set(digests).size, variants.length);
});

test("of every name it is told which recipe of the chain says it last", async () => {
  const files: Readonly<Record<string, string>> = {
    "/r/below.yaml": "extends: cc\npackages: [zlib1g, libpq5]\nwithout: [perl*]",
    "/r/ours.yaml": "extends: below.yaml\npackages:\n  - zlib1g (>= 1)\n",
  };
  const { packages, without } = await locateNames({
    reference: { kind: "file", path: "/r/ours.yaml", debug: false },
    architecture: "amd64",
    shippedFolder: SHIPPED_FOLDER,
    readFile: async (path) => Buffer.from(files[path] ?? (await readFile(path))),
  });
  assert.deepEqual(packages.get("zlib1g"), { recipe: "/r/ours.yaml", line: 3 });
  assert.deepEqual(packages.get("libpq5"), { recipe: "/r/below.yaml", line: 2 });
  assert.deepEqual(packages.get("libgcc-s1"), { recipe: "cc" });
  assert.deepEqual(without.get("perl*"), { recipe: "/r/below.yaml", line: 3 });
});

test("modules of Java add up, in one order whatever that of the files", async () => {
  const files = {
    "/r/recipe.yaml":
      "extends: ./java.yaml\njava-modules: [java.logging, java.sql]\nremove: { java-modules: [java.rmi] }",
    "/r/java.yaml": "debian: [13]\njava-modules: [jdk.zipfs, java.rmi, java.logging]",
  };
  assert.deepEqual((await readFrom(files)).javaModules, ["java.logging", "java.sql", "jdk.zipfs"]);
  assert.ok(!("javaModules" in (await readText("debian: [13]"))));
});
