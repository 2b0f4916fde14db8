// Writes docs/commands/ from the commands' flag tables; with --check compares only. Run by `npm run docs`
// and `npm run check`.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { tsImport } from "tsx/esm/api";

const folder = join(import.meta.dirname, "../docs/commands");

const pages = await makePages();
const stale = process.argv.includes("--check") ? await differences(pages) : await write(pages);
if (stale.length > 0) {
  console.error(`docs/commands is not what the flag tables say (${stale.join(", ")}): run npm run docs`);
  process.exitCode = 1;
}

/** Text of every page by file name. */
async function makePages() {
  const { COMMANDS } = await tsImport("../src/cli/registry.ts", import.meta.url);
  const { markdownPage } = await tsImport("../src/cli/help.ts", import.meta.url);
  const specs = await Promise.all(Object.values(COMMANDS).map(async (load) => (await load()).spec));
  const rows = specs.map(({ name, summary }) => `| [tare ${name}](${name}.md) | ${summary} |`);
  const overview = ["# Commands", "", "| command | what it does |", "| --- | --- |", ...rows, ""].join("\n");
  return new Map([["README.md", overview], ...specs.map((spec) => [`${spec.name}.md`, markdownPage(spec)])]);
}

/** Names of pages that are missing, different, or no command's any more. */
async function differences(pages) {
  const present = await readdir(folder).catch(() => []);
  const texts = new Map(
    await Promise.all(present.map(async (name) => [name, await readFile(join(folder, name), "utf8")])),
  );
  return [...new Set([...pages.keys(), ...present])].filter((name) => pages.get(name) !== texts.get(name));
}

async function write(pages) {
  await mkdir(folder, { recursive: true });
  for (const name of await differences(pages)) {
    const text = pages.get(name);
    if (text === undefined) await rm(join(folder, basename(name)));
    else await writeFile(join(folder, name), text);
  }
  return [];
}
