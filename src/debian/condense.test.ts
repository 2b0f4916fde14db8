import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseStanzas } from "../text/index.ts";
import { condensed } from "./condense.ts";

async function* pieces(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function parts(text: string, length = 7): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const part of condensed(pieces(text, length))) found.push(part.toString("utf8"));
  return found;
}

const LIST = `Package: a
Source: b (1)
Version: 2
Maintainer: Somebody <x@example.org>
Depends: c,
 d (>= 1)
Description: greets
 Depends: nothing, this is text
 .
 more
Tag: role::program,
 use::x
SHA256: 12
Description-md5: 34

Package: e
Version: 1`;

test("fields that resolving reads stay with their continuation lines, texts for people go", async () => {
  const wanted = [
    "Package: a\nSource: b (1)\nVersion: 2\nDepends: c,\n d (>= 1)\n",
    "Tag: role::program,\n use::x\nSHA256: 12\n\nPackage: e\nVersion: 1",
  ].join("");
  for (const length of [1, 2, 7, 1000]) assert.equal((await parts(LIST, length)).join(""), wanted);
});

test("a long list comes in parts of whole stanzas, whose wanted fields are all there", async () => {
  const stanza = (at: number) =>
    `Package: p${at}\nDepends: ${"x, ".repeat(at % 300)}y\nDescription: z\n long\n\n`;
  const text = Array.from({ length: 12_000 }, (_, at) => stanza(at)).join("");
  const found = await parts(text, 100_000);
  assert.ok(found.length > 1);
  for (const part of found) assert.match(part.slice(0, 10) + part.slice(-2), /^Package: [\s\S]*\n\n$/);
  assert.equal(found.join(""), text.replaceAll("Description: z\n long\n", ""));
});

test("a stanza that is longer than a part stays whole", async () => {
  const provides = `Provides: ${"v, ".repeat(100)}w\n`.repeat(20_000);
  const [first = "", ...more] = await parts(`Package: a\n${provides}\nPackage: b\n`, 50_000);
  assert.equal(first + more.join(""), `Package: a\n${provides}\nPackage: b\n`);
  assert.ok(first.startsWith(`Package: a\n${provides}`));
});

test("of anything at all the wanted fields are those that were there", async () => {
  const piece = fc.constantFrom(
    "Package: a\n",
    "Depends: b\n",
    "Homepage: c\n",
    "\n",
    " x\n",
    "#\n",
    "é\n",
    ":\n",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece), fc.integer({ min: 1, max: 9 }), async (all, length) => {
      const text = all.join("");
      const wanted = (one: string) =>
        parseStanzas(one).map((stanza) => ["Package", "Depends"].map((name) => stanza.get(name)));
      const withField = (one: string) =>
        wanted(one).filter((fields) => fields.some((value) => value !== undefined));
      assert.deepEqual(withField((await parts(text, length)).join("")), withField(text));
    }),
    { numRuns: 300 },
  );
});
