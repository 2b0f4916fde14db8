import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { problemOf, SHIPPED_FOLDER } from "./fixtures.ts";
import { formatRecipe, parseRecipeReference } from "./reference.ts";
import { DEBUG_OVERLAY, SHIPPED_RECIPES } from "./shipped.ts";

const shipped = (name: string, rest: object = {}) => ({ kind: "shipped", name, debug: false, ...rest });
const file = (path: string, rest: object = {}) => ({ kind: "file", path, debug: false, ...rest });

const GOOD: Readonly<Record<string, object>> = {
  debian: shipped("debian"),
  "tare/debian:13": shipped("debian", { release: "13" }),
  "debian:": shipped("debian"),
  "python:latest": shipped("python"),
  "tare/python:bookworm": shipped("python", { release: "12" }),
  "python:stable": shipped("python", { release: "13" }),
  "python:oldstable": shipped("python", { release: "12" }),
  "python:debug": shipped("python", { debug: true }),
  "python:12-debug": shipped("python", { release: "12", debug: true }),
  "python:latest-debug": shipped("python", { debug: true }),
  "python:nonroot": shipped("python", { nonroot: true }),
  "python:12-nonroot": shipped("python", { release: "12", nonroot: true }),
  "python:debug-nonroot": shipped("python", { debug: true, nonroot: true }),
  "python:trixie-debug-nonroot": shipped("python", { release: "13", debug: true, nonroot: true }),
  "base-nossl:trixie-debug": shipped("base-nossl", { release: "13", debug: true }),
  "./my.yaml": file("./my.yaml"),
  "my.yml:12": file("my.yml", { release: "12" }),
  "/a/b.yaml:debug": file("/a/b.yaml", { debug: true }),
};

for (const [text, expected] of Object.entries(GOOD))
  test(`${text} is a reference`, () => assert.deepEqual(parseRecipeReference(text), expected));

const BAD: Readonly<Record<string, string>> = {
  pyton: 'there is no recipe "pyton" | did you mean python?',
  haskell: `there is no recipe "haskell" | the recipes are: ${SHIPPED_RECIPES.join(", ")}; a file of your own is ./NAME.yaml`,
  [DEBUG_OVERLAY]: `there is no recipe "debug" | the recipes are: ${SHIPPED_RECIPES.join(", ")}; a file of your own is ./NAME.yaml`,
  constructor: `there is no recipe "constructor" | the recipes are: ${SHIPPED_RECIPES.join(", ")}; a file of your own is ./NAME.yaml`,
  "": `there is no recipe "" | the recipes are: ${SHIPPED_RECIPES.join(", ")}; a file of your own is ./NAME.yaml`,
  "debian:trixy": 'the recipe debian has no version "trixy" | did you mean trixie?',
  "debian:11":
    'the recipe debian has no version "11" | versions are 13 (trixie) and 12 (bookworm), each also with -debug, -nonroot or both: 13-debug-nonroot',
  "python:debugg": 'the recipe python has no version "debugg" | did you mean debug?',
  "python:12-nonroot-debug":
    'the recipe python has no version "12-nonroot-debug" | versions are 13 (trixie) and 12 (bookworm), each also with -debug, -nonroot or both: 13-debug-nonroot',
  "./python": '"./python" is not a recipe | the name of a recipe\'s file ends with .yaml',
};

for (const [text, expected] of Object.entries(BAD))
  test(`${JSON.stringify(text)} is refused`, async () =>
    assert.equal(await problemOf((async () => parseRecipeReference(text))()), expected));

test("a recipe's name can be read again", () => {
  for (const release of ["12", "13"] as const)
    for (const debug of [true, false]) {
      const text = formatRecipe({ name: "python", release, debug });
      assert.deepEqual(parseRecipeReference(text), { kind: "shipped", name: "python", release, debug });
    }
});

test("whatever is no reference is refused as one", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseRecipeReference(text);
      } catch (error) {
        assert.ok(error instanceof TareError);
        assert.equal(error.code, "user-bad-recipe");
      }
    }),
  );
});

test("the list of recipes that ship is what is in the folder", async () => {
  const names = (await readdir(SHIPPED_FOLDER)).map((name) => name.replace(/\.yaml$/, ""));
  assert.deepEqual(names.sort(), [...SHIPPED_RECIPES, DEBUG_OVERLAY].sort());
});
