// Bundles into dist/: the library as ES modules, the programs as one file each with V8's code cache beside it.
// Run by `npm ci` (prepare) and `npm run build`.
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { writeNotices } from "./build-notices.mjs";
import { buildPage } from "./build-page.mjs";

const root = new URL("..", import.meta.url).pathname;
const outdir = join(root, "dist");
const START = join(root, "bin/start.cjs");

// What is in `dependencies` is loaded from there; everything else that the programs use becomes part of them: reading
// YAML and its schemas from two hundred files takes longer than composing what they describe.
const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

const common = {
  outdir,
  bundle: true,
  metafile: true,
  platform: "node",
  target: "node20.19",
  minifySyntax: true,
  sourcemap: "external",
  legalComments: "none",
  external: Object.keys(dependencies),
  // Its other form is CommonJS, which an ES module can not hold.
  alias: { yaml: join(root, "node_modules/yaml/browser/dist/index.js") },
};

await rm(outdir, { recursive: true, force: true });
const bundles = await Promise.all([
  build({
    ...common,
    entryPoints: {
      index: join(root, "src/api/index.ts"),
      recipes: join(root, "src/api/bases/compiled-recipes.ts"),
    },
    format: "esm",
    splitting: true,
  }),
  build({
    ...common,
    entryPoints: {
      cli: join(root, "src/cli/main.ts"),
      engine: join(root, "src/engine/main.ts"),
      chroot: join(root, "src/engine/chroot-main.ts"),
    },
    format: "cjs",
    // A script with a code cache can not import; what it loads later it requires.
    supported: { "dynamic-import": false },
    outExtension: { ".js": ".cjs" },
    define: { "import.meta.url": "__moduleUrl" },
    banner: { js: 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  }),
  buildPage({ root, outdir }),
]);
await writeNotices({ root, outdir, bundles });
await writeRecipes();
for (const name of ["cli", "engine", "chroot"]) await assertAscii(join(outdir, `${name}.cjs`));
for (const name of ["engine", "chroot"]) start("compiled", [name]);
await warmUp();

/** Reading YAML and checking it takes longer than a build in which nothing has changed. */
async function writeRecipes() {
  const { compileRecipes } = await import(join(outdir, "recipes.js"));
  await mkdir(join(outdir, "recipes"));
  for (const [name, recipe] of Object.entries(await compileRecipes()))
    await writeFile(join(outdir, "recipes", `${name}.json`), JSON.stringify(recipe));
}

/** bin/start.cjs reads the programs as text of one byte a character; comments of others may have what they like. */
async function assertAscii(file) {
  const text = (await readFile(file, "latin1")).replace(/^ *\/\/.*[^\0-\x7f].*$/gm, "//");
  await writeFile(file, text, "latin1");
  const lines = text.split("\n");
  const at = lines.findIndex((line) => /[^\0-\x7f]/.test(line));
  if (at >= 0)
    throw new Error(
      `${file}:${at + 1}: a letter beyond ASCII, which the bundler keeps in regular expressions: write \\u…: ${lines[at]?.trim()}`,
    );
}

/** The command's cache holds the functions that an unchanged build uses, so one is made. */
async function warmUp() {
  const work = await mkdtemp(join(tmpdir(), "tare-warm-up-"));
  try {
    await writeFile(
      join(work, "Dockerfile"),
      "FROM scratch AS a\nCOPY Dockerfile /\nFROM scratch\nCOPY --from=a / /\n",
    );
    for (let run = 0; run < 2; run++)
      start("used", ["cli", "build", "-q", "--root", join(work, "store"), work]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function start(codeCache, args) {
  const { NODE_OPTIONS: _options, NODE_EXTRA_CA_CERTS: _certificates, ...env } = process.env;
  execFileSync(process.execPath, [START, ...args], {
    env: { ...env, TARE_CODE_CACHE: codeCache },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
