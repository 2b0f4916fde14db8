import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { settingsOf } from "./fixtures.ts";
import { settingsJsonSchema } from "./json-schema.ts";
import { settingsSchema } from "./schema.ts";
import { WELL_KNOWN_IMAGES } from "./well-known.ts";

const PAGE = await readFile(new URL("../../docs/tare-yaml.md", import.meta.url), "utf8");
const validate = new Ajv({ strict: false }).compile(settingsJsonSchema());

test("the documentation has every key, and each of its examples is read, by an editor too", async () => {
  const keys = Object.entries(settingsSchema.shape).flatMap(([key, schema]) =>
    key === "$schema"
      ? []
      : Object.keys((schema.unwrap() as { shape?: object }).shape ?? {}).map((own) => `${key}.${own}`),
  );
  assert.deepEqual(keys, ["bases.well-known", "bases.map"]);
  for (const key of keys) assert.match(PAGE, new RegExp(`^\\| \`${key}\` \\|`, "m"), key);
  const examples = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text as string);
  assert.ok(examples.length >= 2);
  for (const text of examples) {
    await settingsOf(text);
    assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
  }
});

test("an editor refuses unknown keys and wrong values", () => {
  for (const settings of [{ base: {} }, { bases: { "well-known": "yes" } }, { bases: { map: { a: 1 } } }, []])
    assert.equal(validate(settings), false, JSON.stringify(settings));
});

test("the documentation has every well-known name with its recipe", () => {
  for (const { repository, recipes } of WELL_KNOWN_IMAGES)
    for (const [tag, recipe] of Object.entries(recipes)) {
      const isLatest = tag === "latest";
      if (repository !== "debian" && !isLatest) continue;
      const written =
        repository === "debian" ? `debian:${tag}` : repository.slice("gcr.io/distroless/".length);
      const row = PAGE.split("\n").find((line) => line.startsWith("| ") && line.includes(`\`${written}\``));
      assert.ok(row?.endsWith(`| \`${recipe}\` |`), `${written} -> ${recipe}: ${row}`);
    }
});
