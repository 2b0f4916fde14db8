import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SHIPPED_RECIPES } from "../../recipe/index.ts";
import { initBase } from "./base-init.ts";
import { showBase } from "./base-show.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "init-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("what is written reads as a recipe, whichever recipe it extends", async (t) => {
  const path = folder(t);
  for (const name of SHIPPED_RECIPES) {
    const file = join(path, `${name}.yml`);
    const { text } = await initBase({ path: file, extends: `${name}:12` });
    assert.equal(text, readFileSync(file, "utf8"));
    const { recipe } = await showBase({ reference: file });
    assert.equal(recipe.release, "12");
    assert.deepEqual(recipe.packages, (await showBase({ reference: `${name}:12` })).recipe.packages);
  }
});

test("its first line names a schema beside it, which is not overwritten", async (t) => {
  const path = folder(t);
  const { text, files } = await initBase({ path: join(path, "a.yaml") });
  const schema = join(path, "recipe.schema.json");
  assert.match(text, /^# yaml-language-server: \$schema=\.\/recipe\.schema\.json\n/);
  assert.deepEqual(files, [join(path, "a.yaml"), schema]);
  assert.equal(JSON.parse(readFileSync(schema, "utf8")).title, "A recipe of Tare");
  writeFileSync(schema, "mine");
  assert.deepEqual((await initBase({ path: join(path, "b.yaml") })).files, [join(path, "b.yaml")]);
  assert.equal(readFileSync(schema, "utf8"), "mine");
});

test("a file of one's own is extended by its path, seen from the new one", async (t) => {
  const path = folder(t);
  await initBase({ path: join(path, "a.yaml"), extends: "static" });
  await initBase({ path: join(path, "b.yaml"), extends: join(path, "a.yaml") });
  assert.match(readFileSync(join(path, "b.yaml"), "utf8"), /^extends: "\.\/a\.yaml"$/m);
});

test("nothing is overwritten, and nothing is written of what can not be read", async (t) => {
  const path = folder(t);
  const file = join(path, "a.yaml");
  writeFileSync(file, "mine");
  await assert.rejects(initBase({ path: file }), { code: "user-conflict" });
  assert.equal(readFileSync(file, "utf8"), "mine");
  const bad = (request: Parameters<typeof initBase>[0], code: string) =>
    assert.rejects(initBase(request), { code }, request.path);
  await bad({ path: join(path, "a.txt") }, "user-bad-flag");
  await bad({ path: join(path, "b.yaml:12") }, "user-bad-flag");
  await bad({ path: join(path, "b.yaml"), extends: "pyton" }, "user-bad-recipe");
  await bad({ path: join(path, "b.yaml"), extends: "python:debug" }, "user-bad-flag");
  await bad({ path: join(path, "b.yaml"), extends: join(path, "none.yaml") }, "user-bad-recipe");
  await bad({ path: join(path, "none/b.yaml") }, "environment-disk");
  assert.deepEqual(readdirSync(path), ["a.yaml"]);
});
