import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf, readFrom } from "./fixtures.ts";

test("a mistake in an extended file is told in that file", async () => {
  const files = {
    "/r/recipe.yaml": "extends: ./b.yaml",
    "/r/b.yaml": "# so\nextends: ./c.yaml",
    "/r/c.yaml": "pots: []",
  };
  const error = await readFrom(files).catch((thrown) => thrown);
  assert.equal(error.facts.location.file, "/r/c.yaml");
  assert.equal(error.facts.location.source, "pots: []");
});

test("a circle is told whole, and a chain has at most sixteen recipes above", async () => {
  const circle = {
    "/r/recipe.yaml": "extends: b.yaml",
    "/r/b.yaml": "extends: ./c.yml",
    "/r/c.yml": "extends: recipe.yaml",
  };
  assert.equal(
    await problemOf(readFrom(circle)),
    "1:10-21 the recipe /r/recipe.yaml extends itself | it goes /r/recipe.yaml -> /r/b.yaml -> /r/c.yml -> /r/recipe.yaml",
  );
  const chain = (length: number) =>
    Object.fromEntries([
      ["/r/recipe.yaml", "extends: 1.yaml"],
      ...Array.from({ length }, (_, at) => [
        `/r/${at + 1}.yaml`,
        at + 1 < length ? `extends: ${at + 2}.yaml` : "",
      ]),
    ]);
  const filled = (length: number) => ({ ...chain(length), [`/r/${length}.yaml`]: "name: last" });
  assert.equal((await readFrom(filled(16))).name, "recipe");
  assert.match(await problemOf(readFrom(filled(17))), /the recipe extends more than 16 others/);
});
