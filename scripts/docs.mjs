// Writes docs/commands/*.md from the flag tables, and docs/*.schema.json from the schemas of recipes and of tare.yaml;
// with --check only tells whether they are up to date.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { markdownPage, pageName } from "../src/cli/help.ts";
import { COMMANDS } from "../src/cli/registry.ts";
import { recipeJsonSchema } from "../src/recipe/json-schema.ts";
import { settingsJsonSchema } from "../src/settings/json-schema.ts";

const check = process.argv.includes("--check");
const folder = new URL("../docs/", import.meta.url);
await mkdir(new URL("commands/", folder), { recursive: true });
for (const load of Object.values(COMMANDS)) {
  const { spec } = await load();
  await generated(`commands/${pageName(spec)}`, { text: markdownPage(spec), from: "the flag table" });
}
await generated("recipe.schema.json", { text: json(recipeJsonSchema()), from: "the schema of recipes" });
await generated("tare.schema.json", { text: json(settingsJsonSchema()), from: "the schema of tare.yaml" });

function json(schema) {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

async function generated(name, { text, from }) {
  const file = new URL(name, folder);
  if (!check) await writeFile(file, text);
  else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
    console.error(`docs/${name} is not what ${from} says; run: npm run docs`);
    process.exitCode = 1;
  }
}
