import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { problemOf, readFrom, readShipped, readText, SHIPPED_FOLDER } from "./fixtures.ts";
import { listRecipes, locateName } from "./read-recipe.ts";
import { parseRecipeReference } from "./reference.ts";
import type { Recipe } from "./types.ts";
import { recipeText } from "./write-recipe.ts";

/** All that decides on an image; what slices are called does not. */
function essence({ digest: _digest, name: _name, debug: _debug, packages, ...rest }: Recipe) {
  return { ...rest, packages: packages.map(({ only, ...one }) => ({ ...one, only: only && new Set(only) })) };
}

async function roundTrip(recipe: Recipe): Promise<Recipe> {
  return readText(await recipeText(recipe), { architecture: recipe.architecture });
}

test("every recipe that ships can be written out and read again, its variant debug too", async () => {
  const reading = { shippedFolder: SHIPPED_FOLDER, readFile: (path: string) => readFile(path) };
  for (const { name, releases, architectures } of await listRecipes(reading))
    for (const release of releases)
      for (const architecture of architectures)
        for (const variant of name === "debian" ? [""] : ["", "-debug"]) {
          const recipe = await readShipped(`${name}:${release}${variant}`, architecture);
          const again = await roundTrip(recipe);
          assert.deepEqual(essence(again), essence(recipe), `${name}:${release}${variant} ${architecture}`);
          assert.equal(again.name, `${name}${variant}`);
        }
});

test("text that YAML could take for something else comes back as it was", async () => {
  const recipe = await readText(
    `description: "yes: #no"
extends: static
packages: [libc6 (>= 2.36), { name: tzdata, slices: [data, docs] }]
environment: { A: "0755", B: "null", C: " x ", D: "\${HOME}", E: "a\\tb", F: "" }
labels: { n: "1.10", t: "true" }
files: [{ path: /etc/x, content: "a\\n\\n  b: c\\n", mode: "04755", owner: "nonroot:0" }]
ports: [53/udp]
`,
  );
  assert.deepEqual(essence(await roundTrip(recipe)), essence(recipe));
});

test("a keyring is not written out, which a comment says", async () => {
  const recipe = await readFrom({
    "/r/recipe.yaml":
      "sources:\n  - { uri: https://apt.example.org/debian, suites: [x], keyring: k.gpg }\npackages: [abc]\n",
    "/r/k.gpg": "KEY",
  });
  const text = await recipeText(recipe);
  assert.match(text, /^# The keyring of https:\/\/apt.example.org\/debian is a file/m);
  assert.equal((await roundTrip(recipe)).sources[0]?.keyring, undefined);
});

test("a package, or a module of Java, is found where it is named, in the recipe or in one that it extends", async () => {
  const at = async (name: string, text: string) => {
    const location = await locateName(name, {
      reference: parseRecipeReference("/r/a.yaml"),
      text,
      architecture: "amd64",
      shippedFolder: SHIPPED_FOLDER,
      readFile: (path) => readFile(path),
    });
    return location && `${location.file.replace(SHIPPED_FOLDER, "")}:${location.range.start.line}`;
  };
  const text =
    "extends: static\npackages:\n  - one\n  - two (>= 1)\nnpm:\n  - { package: three@1, files: {} }\njava-modules: [java.sql]\n";
  assert.equal(await at("one", text), "/r/a.yaml:3");
  assert.equal(await at("two", text), "/r/a.yaml:4");
  assert.equal(await at("three", text), "/r/a.yaml:6");
  assert.equal(await at("java.sql", text), "/r/a.yaml:7");
  assert.match((await at("tzdata", text)) ?? "", /^static.yaml:\d+$/);
  assert.equal(await at("four", text), undefined);
});

test("the recipe's own file that is not there is told apart from those that it names", async () => {
  assert.match(
    await problemOf(readFrom({}, { reference: "/nowhere/a.yaml" })),
    /does not exist \| check the path/,
  );
  assert.match(await problemOf(readText("extends: ./b.yaml")), /does not exist \| paths in a recipe/);
});
