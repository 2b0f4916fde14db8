import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf, readShipped, readText } from "./fixtures.ts";

test("the variant nonroot differs in who runs, and where, and in nothing that a lock is about", async () => {
  const [plain, nonroot] = await Promise.all([
    readShipped("python:12-debug"),
    readShipped("python:12-debug-nonroot"),
  ]);
  assert.deepEqual(nonroot, {
    ...plain,
    config: { ...plain.config, user: "65532", workdir: "/home/nonroot" },
  });
});

test("a file's recipe has the variant, by the id and the home that it gives the account", async () => {
  const text = "extends: static\nusers: [{ name: nonroot, uid: 700, home: /srv }]\n";
  const { config } = await readText(text, { reference: "/r/recipe.yaml:12-nonroot" });
  assert.deepEqual([config.user, config.workdir], ["700", "/srv"]);
});

test("a recipe without the account has no such variant", async () => {
  assert.equal(
    await problemOf(readShipped("debian:12-nonroot")),
    "the recipe debian has no variant nonroot | it has no account of that name; say USER in the Dockerfile",
  );
});
