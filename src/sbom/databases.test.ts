import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { treeOf } from "./fixtures.ts";
import { apkPackages } from "./readers/apk.ts";
import { rpmPackages } from "./readers/rpm.ts";
import { readPackages } from "./readers.ts";
import { berkeleyValues } from "./rpm/berkeley.ts";
import { ndbValues } from "./rpm/ndb.ts";
import type { SbomPackage } from "./types.ts";

// Written by rpm 4.18 and, for the older format, by Berkeley DB's own db_load of the same headers.
const SQLITE = unpacked("rpmdb.sqlite.gz");
const BERKELEY = unpacked("rpm-packages.gz");

function unpacked(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`testdata/${name}`, import.meta.url)));
}

/** The same headers as SUSE's rpm keeps them. */
function ndb(): Buffer {
  const values = [...berkeleyValues(BERKELEY)];
  const slots = Buffer.alloc(4096);
  slots.write("RpmP", "latin1");
  slots.writeUInt32LE(1, 12);
  const blobs: Buffer[] = [];
  for (const [index, value] of values.entries()) {
    const at = 32 + 16 * index;
    slots.write("Slot", at, "latin1");
    slots.writeUInt32LE(index + 1, at + 4);
    slots.writeUInt32LE((4096 + Buffer.concat(blobs).length) / 16, at + 8);
    const head = Buffer.alloc(16);
    head.write("BlbS", "latin1");
    head.writeUInt32LE(index + 1, 4);
    head.writeUInt32LE(value.length, 12);
    const blob = Buffer.concat([head, value]);
    blobs.push(Buffer.concat([blob, Buffer.alloc((16 - (blob.length % 16)) % 16)]));
  }
  return Buffer.concat([slots, ...blobs]);
}

const RPM_DATABASES = [
  ["var/lib/rpm/rpmdb.sqlite", SQLITE],
  ["var/lib/rpm/Packages", BERKELEY],
  ["usr/lib/sysimage/rpm/Packages.db", ndb()],
] as const;

test("packages of rpm's own format that overlap are not read over and over", () => {
  const bytes = ndb();
  const [block, length] = [bytes.readUInt32LE(32 + 8), bytes.length];
  for (let at = 32; at + 16 <= 4096; at += 16) {
    bytes.write("Slot", at, "latin1");
    bytes.writeUInt32LE(1, at + 4);
    bytes.writeUInt32LE(block, at + 8);
  }
  let read = 0;
  assert.throws(() => {
    for (const value of ndbValues(bytes)) read += value.length;
  }, RangeError);
  assert.ok(read <= length);
});

test("rpm's database says the same in each of its formats", () => {
  const distribution = { id: "fedora", versionId: "40" };
  for (const [path, bytes] of RPM_DATABASES) {
    const found = [...rpmPackages(new Map([[path, bytes]]), { distribution })];
    found.sort((a, b) => (a.name < b.name ? -1 : 1));
    const [data, hello] = found as [SbomPackage, SbomPackage];
    assert.equal(found.length, 2, path);
    assert.equal(
      hello.purl,
      "pkg:rpm/fedora/hello@2.0-3.fc40?arch=noarch&distro=fedora-40&epoch=1&upstream=hello-2.0-3.fc40.src.rpm",
    );
    assert.equal(hello.version, "1:2.0-3.fc40");
    assert.deepEqual(hello.source, { name: "hello", version: "2.0-3.fc40" });
    assert.match(hello.licenses?.expression ?? "", /^GPL-2\.0-or-later AND LicenseRef-BSD-/);
    assert.deepEqual(hello.supplier, { kind: "organization", name: "Example Project" });
    assert.equal(hello.description, "A friendly greeting");
    assert.equal(hello.homepage, "https://example.org/hello");
    assert.ok(hello.dependencies?.includes("greeting-data") && hello.provides?.includes("salute"));
    assert.deepEqual(hello.files, [
      { path: "usr/bin/hello", sha256: "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4" },
    ]);
    // Its header is larger than a page.
    assert.equal(data.files?.filter(({ sha256 }) => sha256 !== undefined).length, 99);
  }
});

test("damaged databases of rpm are no error, and end", () => {
  for (const [path, whole] of RPM_DATABASES)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
        const damaged = Buffer.from(whole);
        damaged[at] = value;
        for (const bytes of [damaged, damaged.subarray(0, length)])
          for (const { purl } of rpmPackages(new Map([[path, bytes]]))) assert.match(purl, /^pkg:rpm\//);
      }),
      { seed: 3, numRuns: 300 },
    );
});

const INSTALLED = [
  "C:Q1pSfk8tGNYNBTa5Lb1dcGPpRmDhk=",
  "P:musl",
  "V:1.2.4-r2",
  "A:x86_64",
  "T:the musl c library (libc) implementation",
  "U:https://musl.libc.org/",
  "L:MIT",
  "o:musl",
  "m:Timo Teras <timo.teras@example.org>",
  "p:so:libc.musl-x86_64.so.1=1",
  "F:lib",
  "R:ld-musl-x86_64.so.1",
  "a:0:0:755",
  `Z:Q1${Buffer.alloc(20, 5).toString("base64")}`,
  "R:libc.musl-x86_64.so.1",
  "",
  "P:ssl_client",
  "V:1.36.1-r5",
  "A:x86_64",
  "L:GPL-2.0-only",
  "o:busybox",
  "D:so:libc.musl-x86_64.so.1 !old musl>=1.2",
  "F:",
  "R:hello",
  "",
  "P:nameless",
].join("\n");

test("apk's database has packages with sources, licences and files", () => {
  const tree = treeOf({
    "etc/os-release": "ID=alpine\nVERSION_ID=3.18.4\n",
    "lib/apk/db/installed": INSTALLED,
  });
  const [musl, client, ...rest] = readPackages(tree).packages;
  assert.deepEqual(rest, []);
  assert.equal(musl?.purl, "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.18.4");
  assert.deepEqual(musl?.files, [
    { path: "lib/ld-musl-x86_64.so.1", sha1: "05".repeat(20) },
    { path: "lib/libc.musl-x86_64.so.1" },
  ]);
  assert.equal(musl?.licenses?.expression, "MIT");
  assert.deepEqual(musl?.provides, ["so:libc.musl-x86_64.so.1"]);
  assert.match(client?.purl ?? "", /upstream=busybox$/);
  assert.deepEqual(client?.dependencies, ["musl", "so:libc.musl-x86_64.so.1"]);
  assert.deepEqual(client?.files, [{ path: "hello" }]);
});

test("nothing that stands in apk's database is an error", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...INSTALLED.split("\n"), "F:", "R:", "Z:", "\r", ":", "P:x\0y")),
      (lines) => {
        apkPackages(treeOf({ "lib/apk/db/installed": lines.join("\n") }));
      },
    ),
    { seed: 2, numRuns: 500 },
  );
});
