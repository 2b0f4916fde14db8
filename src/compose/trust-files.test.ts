import assert from "node:assert/strict";
import { test } from "node:test";
import { rootCertificates } from "node:tls";
import { openedPackage, refuses, resolved, textOf } from "./fixtures.ts";
import { trustFiles } from "./trust-files.ts";

const [FIRST = "", SECOND = ""] = rootCertificates;
const FOLDER = "usr/share/ca-certificates/mozilla";
const ONE = openedPackage(resolved("ca-certificates"), [
  { path: `${FOLDER}/b.crt`, text: `${SECOND}\n` },
  { path: `${FOLDER}/a.crt`, text: `${FIRST}\n` },
  { path: `${FOLDER}/README`, text: "none" },
]);
const OTHER = openedPackage(resolved("ours"), [{ path: `${FOLDER}/c.crt`, text: `${FIRST}\n` }]);

test("the bundle has each certificate once; Java's store is there when it is asked for", async () => {
  const [bundle, ...none] = await trustFiles([ONE, OTHER], {
    trust: { bundle: true, java: false },
    mtime: 5,
  });
  assert.deepEqual(
    [bundle?.entry.path, bundle?.entry.mtime, none],
    ["etc/ssl/certs/ca-certificates.crt", 5, []],
  );
  const text = await textOf(bundle);
  assert.equal(text, `${FIRST}\n${SECOND}\n`);
  const both = await trustFiles([ONE], { trust: { bundle: true, java: true }, mtime: 5 });
  assert.deepEqual(
    both.map(({ entry }) => entry.path),
    ["etc/ssl/certs/ca-certificates.crt", "etc/ssl/certs/java/cacerts"],
  );
  const again = await trustFiles([ONE], { trust: { bundle: true, java: true }, mtime: 5 });
  assert.deepEqual(
    again.map(({ entry }) => entry.digest),
    both.map(({ entry }) => entry.digest),
  );
});

test("without certificates it is an error to ask for a store, and none is written unasked", async () => {
  assert.deepEqual(await trustFiles([], { trust: { bundle: false, java: false }, mtime: 0 }), []);
  await assert.rejects(
    trustFiles([openedPackage(resolved("a"), [])], { trust: { bundle: false, java: true }, mtime: 0 }),
    refuses("user-bad-recipe", /no package brings certificates$/),
  );
});
