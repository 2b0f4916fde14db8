import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf, readText } from "./fixtures.ts";

test("hostile texts are refused at once", async () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (let level = 0; level < 8; level++) {
    const [before, now] = ["abcdefghi"[level], "abcdefghi"[level + 1]];
    bomb.push(`${now}: &${now} [${Array(9).fill(`*${before}`).join(", ")}]`);
  }
  const texts = [
    bomb.join("\n"),
    "a: &a [*a]",
    "[".repeat(100_000),
    `name: ${"x".repeat(1024 * 1024)}`,
    `cmd: [${"a,".repeat(60_000)}]`,
    `? ${"{".repeat(5000)}`,
    "\0",
    "name: \u0007",
  ];
  const started = performance.now();
  for (const text of texts)
    assert.doesNotMatch(await problemOf(readText(text)), /^not refused/, JSON.stringify(text.slice(0, 30)));
  assert.ok(performance.now() - started < 10_000);
});

test("bytes that are not UTF-8 are refused, a byte order mark is not", async () => {
  const { readRecipe } = await import("./read-recipe.ts");
  const read = (bytes: Uint8Array) =>
    readRecipe({
      reference: { kind: "file", path: "a.yaml", debug: false },
      architecture: "amd64",
      shippedFolder: "/",
      readFile: async () => bytes,
    });
  assert.match(await problemOf(read(Uint8Array.of(0x6e, 0xff))), /^a.yaml is not UTF-8 text/);
  assert.equal((await read(Buffer.from("\ufeffname: marked"))).name, "marked");
});

test("anchors and aliases can be used, and a mistake in one is told where it stands", async () => {
  const recipe = await readText("entrypoint: &run [/a, b]\ncmd: *run");
  assert.deepEqual(recipe.config.cmd, ["/a", "b"]);
  assert.match(await problemOf(readText("cmd: &a [/a]\nports: *a")), /^1:10-12 ports\[0\] must be a port/);
});

test("lines that end as on Windows have the same places", async () => {
  assert.match(await problemOf(readText("name: a\r\nlayers: all\r\n")), /^2:9-12 layers/);
});
