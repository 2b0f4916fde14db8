// Writes docs/commands/*.md from the flag tables, and docs/recipe.schema.json from the schema of recipes; with --check
// only tells whether they are up to date.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { markdownPage, pageName } from "../src/cli/help.ts";
import { COMMANDS } from "../src/cli/registry.ts";
import { recipeJsonSchema } from "../src/recipe/json-schema.ts";

const check = process.argv.includes("--check");
const folder = new URL("../docs/", import.meta.url);
await mkdir(new URL("commands/", folder), { recursive: true });
for (const load of Object.values(COMMANDS)) {
  const { spec } = await load();
  await generated(`commands/${pageName(spec)}`, { text: markdownPage(spec), from: "the flag table" });
}
const schema = `${JSON.stringify(recipeJsonSchema(), null, 2)}\n`;
await generated("recipe.schema.json", { text: schema, from: "the schema of recipes" });

async function generated(name, { text, from }) {
  const file = new URL(name, folder);
  if (!check) await writeFile(file, text);
  else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
    console.error(`docs/${name} is not what ${from} says; run: npm run docs`);
    process.exitCode = 1;
  }
}
