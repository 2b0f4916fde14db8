// Writes docs/commands/*.md from the flag tables; with --check only tells whether they are up to date.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { markdownPage } from "../src/cli/help.ts";
import { COMMANDS } from "../src/cli/registry.ts";

const check = process.argv.includes("--check");
const folder = new URL("../docs/commands/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, load] of Object.entries(COMMANDS)) {
  const { spec } = await load();
  const file = new URL(`${name}.md`, folder);
  const page = markdownPage(spec);
  if (!check) await writeFile(file, page);
  else if ((await readFile(file, "utf8").catch(() => "")) !== page) {
    console.error(`docs/commands/${name}.md is not what the flag table says; run: npm run docs`);
    process.exitCode = 1;
  }
}
