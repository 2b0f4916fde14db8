import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { problemOf, SHIPPED_FOLDER } from "./fixtures.ts";
import { parseRecipeReference } from "./reference.ts";
import { type RecipeMemory, rememberRecipe } from "./remember.ts";

function memory(version = "1", texts = new Map<string, string>()) {
  const puts: string[] = [];
  const memory: RecipeMemory = {
    version,
    get: async (key) => texts.get(key),
    put: async (key, text) => {
      puts.push(key);
      texts.set(key, text);
    },
  };
  return { memory, puts, texts };
}

function reader(files: Record<string, string>) {
  return {
    reference: parseRecipeReference("/r/a.yaml"),
    architecture: "amd64",
    shippedFolder: SHIPPED_FOLDER,
    readFile: async (path: string) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error("gone"), { code: "ENOENT", syscall: "open" });
      return Buffer.from(text);
    },
  };
}

const FILES = {
  "/r/a.yaml": "extends: ./b.yaml\nsources: [{ uri: 'https://x.example', suites: [s], keyring: k }]",
  "/r/b.yaml": "packages: [libc6]",
  "/r/k": "key",
};

test("a recipe is read again only when one of its files has changed", async () => {
  const files = { ...FILES };
  const { memory: kept, puts } = memory();
  const first = await rememberRecipe(reader(files), kept);
  assert.deepEqual(await rememberRecipe(reader(files), kept), first);
  assert.equal(puts.length, 1);
  for (const path of ["/r/a.yaml", "/r/b.yaml", "/r/k"] as const) {
    files[path] = `${files[path]}\n`;
    const { digest } = await rememberRecipe(reader(files), kept);
    assert.equal(digest === first.digest, path !== "/r/k");
  }
  assert.equal(puts.length, 4);
});

test("another architecture, version or text is another recipe", async () => {
  const { memory: kept, puts, texts } = memory();
  await rememberRecipe(reader(FILES), kept);
  await rememberRecipe({ ...reader(FILES), architecture: "arm64" }, kept);
  const typed = await rememberRecipe({ ...reader(FILES), text: "packages: [curl]" }, kept);
  assert.deepEqual(typed.packages, [{ name: "curl" }]);
  assert.equal(puts.length, 3);
  await rememberRecipe(reader(FILES), memory("2", texts).memory);
  assert.equal(texts.size, 4);
});

test("mistakes are told every time, and what is remembered in part is read again", async () => {
  const { memory: kept, texts } = memory();
  const files: Record<string, string> = { ...FILES };
  await rememberRecipe(reader(files), kept);
  delete files["/r/k"];
  for (let time = 0; time < 2; time++)
    assert.match(await problemOf(rememberRecipe(reader(files), kept)), /the file \/r\/k does not exist/);
  for (const [key, text] of texts) texts.set(key, text.slice(0, 50));
  assert.equal((await rememberRecipe(reader(FILES), kept)).name, "a");
});

test("neither importing the folder nor remembering loads the libraries", async () => {
  const index = new URL("./index.ts", import.meta.url).href;
  const program = `
    import { createRequire } from "node:module";
    const { rememberRecipe, parseRecipeReference } = await import(${JSON.stringify(index)});
    const texts = new Map();
    const memory = { version: "1", get: async (key) => '{"files":{},"recipe":{"name":"kept"}}', put: async () => {} };
    const recipe = await rememberRecipe({ reference: parseRecipeReference("python"), architecture: "amd64",
      shippedFolder: "/", readFile: async () => { throw new Error("read"); } }, memory);
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /node_modules.(yaml|zod)/.test(file));
    const { default: inspector } = await import("node:inspector");
    const session = new inspector.Session();
    session.connect();
    const urls = [];
    session.on("Debugger.scriptParsed", ({ params }) => urls.push(params.url));
    session.post("Debugger.enable", () => {
      const found = urls.filter((url) => /node_modules.(yaml|zod)/.test(url));
      console.log(JSON.stringify([recipe.name, loaded, found, urls.some((url) => url.includes("src/recipe"))]));
      session.disconnect();
    });
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--import", "tsx", "--input-type=module", "--eval", program],
  ]);
  assert.deepEqual(JSON.parse(stdout), ["kept", [], [], true]);
});
