import assert from "node:assert/strict";
import { test } from "node:test";
import { codenameOf, parseRecipe, recipeConfig } from "./recipe.ts";

test("a recipe has a number, a code name, or is the newest", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["debian:13", "13"],
    ["debian:trixie", "13"],
    ["tare/debian:12", "12"],
    ["debian:bookworm", "12"],
    ["debian", "13"],
    ["tare/debian", "13"],
    ["debian:latest", "13"],
    ["debian:stable", "13"],
    ["debian:", "13"],
  ];
  for (const [text, version] of cases) assert.deepEqual(parseRecipe(text), { name: "debian", version }, text);
  assert.equal(codenameOf(parseRecipe("debian:12")), "bookworm");
});

test("what there is no recipe for is refused with what there is", () => {
  const versions = "its versions are 12 (bookworm), 13 (trixie)";
  const cases: readonly (readonly [string, string, string])[] = [
    ["debain:13", 'there is no recipe "debain"', "did you mean debian?"],
    ["alpine", 'there is no recipe "alpine"', "the recipes are: debian:12, debian:13"],
    ["", 'there is no recipe ""', "the recipes are: debian:12, debian:13"],
    ["library/debian", 'there is no recipe "library/debian"', "the recipes are: debian:12, debian:13"],
    ["tare/tare/debian", 'there is no recipe "tare/debian"', "the recipes are: debian:12, debian:13"],
    ["debian:11", 'the recipe debian has no version "11"', versions],
    ["debian:13:1", 'the recipe debian has no version "13:1"', versions],
    ["debian:toString", 'the recipe debian has no version "toString"', versions],
    ["debian:Trixie", 'the recipe debian has no version "Trixie"', versions],
    ["debian:13\n", 'the recipe debian has no version "13\\n"', versions],
  ];
  for (const [text, message, hint] of cases)
    assert.throws(() => parseRecipe(text), { code: "user-bad-recipe", message, facts: { hint } }, text);
});

test("the image's config is known before anything is composed", () => {
  const config = recipeConfig(parseRecipe("debian:12"), { os: "linux", architecture: "arm64" });
  assert.deepEqual(config, {
    os: "linux",
    architecture: "arm64",
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["bash"] },
    rootfs: { type: "layers", diff_ids: [] },
    history: [{ created_by: "tare compose debian:12", comment: "composed from signed Debian packages" }],
  });
});
