import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { readText, SHIPPED_FOLDER } from "./fixtures.ts";
import { recipeJsonSchema } from "./json-schema.ts";
import { recipeSchema } from "./schema.ts";

const DOCS = new URL("../../docs/recipes.md", import.meta.url);
const validate = new Ajv({ strict: false }).compile(recipeJsonSchema());

test("an editor accepts every recipe that ships", async () => {
  for (const name of await readdir(SHIPPED_FOLDER)) {
    const text = await readFile(`${SHIPPED_FOLDER}${name}`, "utf8");
    assert.ok(validate(parse(text)), `${name}: ${JSON.stringify(validate.errors)}`);
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/docs\/recipe\.schema\.json\n/);
  }
});

test("an editor refuses unknown keys and wrong values", () => {
  for (const recipe of [
    { packges: [] },
    { packages: ["A"] },
    { releases: { "11": {} } },
    { users: [{ name: "a" }] },
    { links: { "../a": "b" } },
  ])
    assert.equal(validate(recipe), false, JSON.stringify(recipe));
});

test("the documentation has every key, and each of its examples is a recipe", async () => {
  const page = await readFile(DOCS, "utf8");
  for (const key of Object.keys(recipeSchema.shape).filter((name) => name !== "$schema"))
    assert.match(page, new RegExp(`^\\| \`${key}\` \\|`, "m"), key);
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text as string);
  assert.ok(examples.length >= 5);
  for (const text of examples) await readText(text.replace(/^.*keyring:.*\n/m, ""));
});
