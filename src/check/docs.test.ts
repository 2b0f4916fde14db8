import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseIgnoreFile } from "../dockerfile/index.ts";
import { fixDockerfile } from "./fix.ts";
import { checkSource, requestFor } from "./fixtures.ts";
import { RULES } from "./rules.ts";

const FOLDER = new URL("../../docs/checks/", import.meta.url);

function page(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8");
}

function example(text: string, heading: string): string {
  const found = new RegExp(`## ${heading}\\n\\n\`\`\`dockerfile\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
  assert.ok(found !== undefined, `there is no example below ${heading}`);
  return found;
}

/** The image that the page on platforms speaks of. */
function image(name: string) {
  const architecture = name.endsWith(":arm64") ? "arm64" : "amd64";
  return name.startsWith("registry.example.com/")
    ? { platform: { os: "linux", architecture }, config: {} }
    : undefined;
}

for (const { id, summary } of RULES)
  test(`the page of ${id} says what it is, and its examples are what they claim to be`, () => {
    const text = page(`${id}.md`);
    assert.ok(
      text.startsWith(`# ${id}\n\n${summary.replace(/\.$/, "")}.\n`),
      "it opens with name and summary",
    );
    const ignore = /```gitignore\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
    const options = { image, ignore: parseIgnoreFile(ignore) };
    const bad = checkSource(example(text, "Bad"), options).warnings.map(({ rule }) => rule.id);
    assert.deepEqual([...new Set(bad)], [id], "the bad example has findings of this rule and no other");
    const good = checkSource(example(text, "Good"), options).warnings.map(({ rule }) => rule.id);
    assert.deepEqual(good, [], "the good example has none");
  });

test("a page says that there is a fix where there is one, and only there", () => {
  for (const { id } of RULES) {
    const text = page(`${id}.md`);
    const source = example(text, "Bad");
    const fixed = fixDockerfile({ ...requestFor(source), image });
    assert.equal(fixed.fixes.length > 0, text.includes(" · `--fix`\n"), id);
  }
});

test("the table of checks has a line for every rule, and there is no page without a rule", () => {
  const index = page("README.md");
  for (const { id } of RULES) assert.ok(index.includes(`| [${id}](${id}.md) |`), `${id} is missing`);
  const pages = readdirSync(FOLDER).filter((name) => name !== "README.md");
  assert.deepEqual(pages.sort(), RULES.map(({ id }) => `${id}.md`).sort());
});
