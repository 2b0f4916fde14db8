import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { TREE, treeOf } from "./fixtures.ts";
import { dpkgPackages } from "./readers/dpkg.ts";
import { npmPackages } from "./readers/npm.ts";
import { osRelease } from "./readers/os-release.ts";
import { pythonPackages } from "./readers/python.ts";
import { isPackageFile, readPackages } from "./readers.ts";

const MD5 = "0123456789abcdef0123456789abcdef";

test("the example has the packages of every kind", () => {
  const { distribution, packages } = readPackages(TREE);
  assert.deepEqual(distribution, {
    id: "debian",
    versionId: "12",
    prettyName: "Distroless",
    codename: "bookworm",
    homepage: "https://example.org/distroless",
  });
  assert.deepEqual(
    packages.map(({ type, name, version }) => `${type} ${name} ${version}`),
    [
      "deb libc6 2.36-9+deb12u10",
      "deb libgcc-s1 12.2.0-14+deb12u1",
      "deb zlib1g 1:1.2.13.dfsg-1",
      "npm right 1.5.0",
      "npm @acme/left 1.0.0",
      "npm right 2.0.0",
      "npm right 2.0.0",
      "pypi foo-bar 1.2",
      "pypi urllib3 2.0",
    ],
  );
  for (const path of TREE.keys()) assert.ok(isPackageFile(path), path);
  for (const path of [
    "etc/passwd",
    "node_modules/package.json",
    "app/package.json",
    "a/node_modules/b/lib/package.json",
  ])
    assert.equal(isPackageFile(path), false, path);
});

test("dpkg's status has what is installed, with its files and the conffiles it still owns", () => {
  const status = [
    ["Package: here", "Status: install ok installed", "Version: 1-1", "Architecture: amd64"].join("\n"),
    `Package: half\nStatus: install ok half-configured\nVersion: 2\nArchitecture: all\nConffiles:\n /etc/half ${MD5}\n /etc/old ${MD5} obsolete\n /etc/gone newconffile`,
    "Package: rest\nStatus: deinstall ok config-files\nVersion: 3\nArchitecture: all",
    "Package: never\nStatus: unknown ok not-installed\nVersion: 4",
    "Package: nameless\nStatus: install ok installed",
    "Version: 5\nStatus: install ok installed",
  ].join("\n\n");
  const found = dpkgPackages(
    treeOf({
      "var/lib/dpkg/status": status,
      "var/lib/dpkg/info/here:amd64.md5sums": `${MD5}  usr/bin/a b\nnonsense\n\\${MD5}  usr/odd\n`,
      "var/lib/dpkg/info/half.md5sums": "",
    }),
  );
  assert.deepEqual(
    found.map(({ purl, files }) => [purl, files?.map(({ path }) => path)]),
    [
      ["pkg:deb/debian/here@1-1?arch=amd64", ["usr/bin/a b", "usr/odd"]],
      ["pkg:deb/debian/half@2?arch=all", ["etc/half"]],
    ],
  );
  assert.equal(found[0]?.files?.[0]?.md5, MD5);
});

test("what a Debian package is from: source, maintainer, dependencies and licences", () => {
  const [libc, gcc, zlib] = dpkgPackages(TREE);
  assert.deepEqual(libc?.source, { name: "glibc", version: "2.36-9+deb12u10" });
  assert.deepEqual(gcc?.source, { name: "gcc-12", version: "12.2.0-14+deb12u1" });
  assert.deepEqual(libc?.supplier, {
    kind: "organization",
    name: "GNU Libc Maintainers",
    email: "debian-glibc@lists.debian.org",
  });
  assert.deepEqual(gcc?.supplier, { kind: "person", name: "Ada Lovelace" });
  assert.deepEqual(libc?.dependencies, ["libcrypt", "libcrypt1", "libgcc-s1"]);
  assert.deepEqual(gcc?.provides, ["libgcc1"]);
  assert.deepEqual(
    libc?.files?.map(({ path }) => path),
    ["lib/x86_64-linux-gnu/libc.so.6", "usr/share/doc/libc6/copyright"],
  );
  assert.match(
    zlib?.licenses?.expression ?? "",
    /^Zlib AND LicenseRef-permissive-[0-9a-f]{8} AND \(GPL-2\.0-or-later OR Artistic-1\.0-Perl\)$/,
  );
});

test("os-release has quotes of both kinds, comments, and an id or nothing to say", () => {
  assert.deepEqual(
    osRelease(`# c\nID='Alpine'\nVERSION_ID=3.20.1\nPRETTY_NAME="a \\"b\\" \\$c"\nexport X=1\n`),
    {
      id: "alpine",
      versionId: "3.20.1",
      prettyName: 'a "b" $c',
    },
  );
  for (const text of ["", "ID=", 'ID=""', "NAME=x", "id=debian"])
    assert.equal(osRelease(text), undefined, text);
});

test("npm packages have the licences and authors of all their forms", () => {
  const facts = (manifest: object) => {
    const text = JSON.stringify({ name: "x", version: "1", ...manifest });
    const [found] = npmPackages(treeOf({ "node_modules/x/package.json": text }));
    return [found?.licenses?.expression, found?.supplier?.name, found?.supplier?.email];
  };
  assert.deepEqual(facts({ license: "MIT", author: "A B <a@b.org>" }), ["MIT", "A B", "a@b.org"]);
  assert.deepEqual(facts({ license: { type: "ISC" }, author: { name: "C", email: 3 } }), [
    "ISC",
    "C",
    undefined,
  ]);
  assert.deepEqual(facts({ licenses: [{ type: "MIT" }, { type: "Zlib" }] }), [
    "MIT OR Zlib",
    undefined,
    undefined,
  ]);
  for (const license of ["UNLICENSED", "SEE LICENSE IN x", "", 3, null])
    assert.equal(facts({ license })[0], undefined);
  for (const text of [
    "",
    "[]",
    "null",
    "{",
    '{"name":"@a/","version":"1"}',
    '{"name":"x"}',
    '{"name":" ","version":"1"}',
    '{"name":1,"version":"1"}',
  ])
    assert.deepEqual(npmPackages(treeOf({ "node_modules/x/package.json": text })), [], text);
});

test("Python distributions have the licences that they state, and the files inside the image", () => {
  const [foo, urllib3] = pythonPackages(TREE);
  assert.equal(foo?.licenses?.extracted[0]?.name, "Own terms");
  assert.equal(urllib3?.licenses?.expression, "MIT");
  assert.deepEqual(foo?.dependencies, ["urllib3"]);
  assert.deepEqual(foo?.supplier, { kind: "person", name: "Bo Example", email: "bo@example.org" });
  assert.deepEqual(foo?.files, [
    { path: "usr/lib/python3/dist-packages/foo_bar/__init__.py", sha256: "07".repeat(32) },
    { path: "usr/bin/foo", sha256: "07".repeat(32) },
  ]);
  const classified =
    "Name: a\nVersion: 1\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\nClassifier: License :: OSI Approved :: BSD License\nClassifier: License :: OSI Approved\n";
  const [named] = pythonPackages(treeOf({ "a.dist-info/METADATA": classified }));
  assert.match(named?.licenses?.expression ?? "", /^LicenseRef-BSD-License-[0-9a-f]{8} AND MIT$/);
});

test("no content of the files makes the readers fail", () => {
  const paths = [...TREE.keys(), "var/lib/dpkg/status", "var/lib/dpkg/info/a.md5sums"];
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom(
      "Package: a\n",
      "Version: 1\n",
      "Name: a\n",
      "ID=a\n",
      "\n",
      '{"name":"a",',
      '"version":"1"}',
      "Depends: a,",
      "License: (",
      "\ud800",
      "Classifier: License :: constructor\n",
    ),
  );
  const content = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => Buffer.from(pieces.join(""))),
    fc.uint8Array({ maxLength: 40 }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...paths), content, { noNullPrototype: true }), (texts) => {
      for (const found of readPackages(new Map(Object.entries(texts))).packages)
        assert.ok(found.name !== "" && found.version !== "" && found.purl.startsWith("pkg:"));
    }),
    { seed: 5, numRuns: 1000 },
  );
});

test("a large database is read in the time of its size", () => {
  const start = performance.now();
  const one = (at: number) =>
    `Package: p${at}\nStatus: install ok installed\nVersion: 1\nDepends: p${at + 1}\nDescription: x\n${" .\n".repeat(100)}`;
  const status = Array.from({ length: 5000 }, (_, at) => one(at)).join("\n\n");
  assert.equal(dpkgPackages(treeOf({ "var/lib/dpkg/status": status })).length, 5000);
  for (const unit of [" ", "a", ":", "\n ", "(", "<"])
    dpkgPackages(
      treeOf({
        "var/lib/dpkg/status": `Package: a\nVersion: 1\nSource: ${unit.repeat(300_000)}\nMaintainer: ${unit.repeat(300_000)}\n`,
      }),
    );
  assert.ok(performance.now() - start < 5000);
});

test("this machine's packages are those that dpkg-query names", {
  skip: !existsSync("/var/lib/dpkg/status") && "SKIPPED: dpkg is not here",
}, () => {
  const fields = [
    "db:Status-Status",
    "Package",
    "Version",
    "Architecture",
    "source:Package",
    "source:Version",
  ];
  const format = `${fields.map((field) => `\${${field}}`).join(" ")}\n`;
  const listed = execFileSync("dpkg-query", ["-W", "-f", format], { encoding: "utf8" });
  const expected = listed
    .split("\n")
    .flatMap((line) => (line.startsWith("installed ") ? [line.slice(10)] : []));
  const found = dpkgPackages(new Map([["var/lib/dpkg/status", readFileSync("/var/lib/dpkg/status")]]));
  assert.deepEqual(
    found
      .map(({ name, version, architecture, source }) =>
        [name, version, architecture, source?.name, source?.version].join(" "),
      )
      .sort(),
    expected.sort(),
  );
});
