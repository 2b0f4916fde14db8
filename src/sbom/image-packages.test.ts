import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { wholeBytes } from "../elf/index.ts";
import { type Bytes, buildTree, comparePaths, type Entry, type TreeNode } from "../tree/index.ts";
import { TREE } from "./fixtures.ts";
import { type ImageFiles, imagePackages } from "./image-packages.ts";
import { properties, zipOf } from "./jar-fixtures.ts";
import { programOf } from "./program-fixtures.ts";
import { readPackages } from "./readers.ts";

const SIGNAL = new AbortController().signal;

interface ReadFiles extends ImageFiles {
  /** Paths that were read, and how many were being read at once. */
  readonly reads: string[];
  readonly most: () => number;
}

/** An image of one layer: texts by path, `-> target` is a symbolic link. */
function imageOf(
  texts: Readonly<Record<string, string | Uint8Array>>,
  programs: readonly string[] = [],
): ReadFiles {
  const entries = Object.entries(texts).map(([path, text]): Entry => {
    const link = typeof text === "string" && text.startsWith("-> ") ? text.slice(3) : undefined;
    const kind = link === undefined ? "file" : "symlink";
    const mode = programs.includes(path) ? 0o755 : 0o644;
    const facts = { path, kind, mode, uid: 0, gid: 0, mtime: 0 } as const;
    return { ...facts, size: Buffer.from(text).length, ...(link !== undefined && { link }) };
  });
  const tree = buildTree([{ entries: entries.sort((a, b) => comparePaths(a.path, b.path)) }]);
  const reads: string[] = [];
  let [open, most] = [0, 0];
  async function* read({ entry }: TreeNode): Bytes {
    reads.push(entry.path);
    most = Math.max(most, ++open);
    await new Promise(setImmediate);
    yield Buffer.from(texts[entry.path] as string);
    open--;
  }
  return { tree: async () => tree, read, reads, most: () => most };
}

test("an image's packages are those of its files, and no other file is read", async () => {
  const texts = Object.fromEntries([...TREE].map(([path, bytes]) => [path, Buffer.from(bytes)]));
  const image = imageOf({ ...texts, "bin/sh": "x", "etc/passwd": "root" });
  const found = await imagePackages(image, SIGNAL);
  assert.deepEqual(found, readPackages(TREE));
  assert.deepEqual(
    image.reads.filter((path) => path === "bin/sh" || path === "etc/passwd"),
    [],
  );
});

const CONTROL = "Package: NAME\nSource: gcc-12\nVersion: 12.2.0-14\nArchitecture: amd64\n";

test("links count as what they lead to: a folder of documents, os-release", async () => {
  const image = imageOf({
    "etc/os-release": "-> ../usr/lib/os-release",
    "usr/lib/os-release": "ID=debian\nVERSION_ID=12\n",
    "usr/share/doc/gcc-12-base/copyright": "Do as you like.",
    "usr/share/doc/libgcc-s1": "-> gcc-12-base",
    "var/lib/dpkg/status.d/gcc-12-base": CONTROL.replace("NAME", "gcc-12-base"),
    "var/lib/dpkg/status.d/libgcc-s1": CONTROL.replace("NAME", "libgcc-s1"),
  });
  const { distribution, packages } = await imagePackages(image, SIGNAL);
  assert.equal(distribution?.versionId, "12");
  assert.deepEqual(
    packages.map(({ name, licenses }) => [name, licenses?.extracted.map((one) => [one.name, one.text])]),
    ["gcc-12-base", "libgcc-s1"].map((name) => [name, [["copyright of gcc-12", "Do as you like."]]]),
  );
  assert.equal(new Set(packages.map(({ licenses }) => licenses?.expression)).size, 1);
});

test("links that lead nowhere, in circles or to a folder say nothing", async () => {
  const image = imageOf({
    "etc/os-release": "-> os-release",
    "usr/lib/os-release": "-> /nowhere",
    "usr/share/doc/a": "-> b",
    "usr/share/doc/b": "-> a",
    "usr/share/doc/c/copyright": "-> ../d",
    "usr/share/doc/d/x": "x",
    "var/lib/dpkg/status": "-> status",
  });
  assert.deepEqual(await imagePackages(image, SIGNAL), { packages: [] });
  assert.deepEqual(image.reads, []);
});

test("archives are read one after the other, and each is told", async () => {
  const jars = Array.from(
    { length: 4 },
    (_, at) => [`app/${at}.jar`, zipOf([properties(`a${at}`)])] as const,
  );
  const image = imageOf(Object.fromEntries(jars));
  const { packages } = await imagePackages(image, SIGNAL);
  assert.deepEqual(
    packages.map(({ name }) => name),
    ["a0", "a1", "a2", "a3"].map((name) => `org.example:${name}`),
  );
  assert.equal(image.most(), 1);
});

test("programs are read wherever they are, of other files that may be executed the first bytes alone", async () => {
  const crates = JSON.stringify({ packages: [{ name: "app", version: "1.0.0", source: "crates.io" }] });
  const bytes = programOf([".dep-v0"], () => [deflateSync(crates)]);
  const texts = { "srv/app": bytes, "srv/plain": bytes, "srv/script": Buffer.from("#!/bin/sh\n") };
  const image = imageOf(texts, ["srv/app", "srv/script"]);
  const { packages } = await imagePackages(image, SIGNAL);
  assert.deepEqual(
    packages.map(({ purl, location }) => [purl, location]),
    [["pkg:cargo/app@1.0.0", "srv/app"]],
  );
  assert.deepEqual(image.reads, ["srv/app", "srv/script"]);
  const open = ({ entry }: TreeNode) => wholeBytes(texts[entry.path as keyof typeof texts]);
  const inPlace = { ...imageOf(texts, ["srv/app", "srv/script"]), open };
  assert.deepEqual((await imagePackages(inPlace, SIGNAL)).packages, packages);
  assert.deepEqual(inPlace.reads, []);
});

test("a cancelled search stops", async () => {
  await assert.rejects(imagePackages(imageOf({ "usr/lib/os-release": "ID=debian\n" }), AbortSignal.abort()), {
    code: "user-cancelled",
  });
});
