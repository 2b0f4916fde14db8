import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { TAR_END } from "../archive/index.ts";
import { sha256 } from "../base/index.ts";
import { type DebContent, debOf, tarFile, tarMember } from "../debian/fixtures.ts";
import { openStore } from "../store/index.ts";
import { refuses } from "./fixtures.ts";
import { type PackageLayer, unpackNpmPackage, unpackPackage } from "./package-layer.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "tare-package-"));
after(() => rmSync(FOLDER, { recursive: true, force: true }));
const store = await openStore(join(FOLDER, "store"));

async function unpacked(
  content: DebContent,
  { name = content.name, version = "1", fetched = [] as string[] } = {},
): Promise<PackageLayer> {
  const deb = await debOf(content);
  const fetch = async () => {
    fetched.push(name);
    return deb;
  };
  return unpackPackage({ name, version, sha256: sha256(deb) }, { store, fetch });
}

test("a package is fetched and unpacked once; what it says and what its programs need is remembered", async () => {
  const script = "#!/usr/bin/python3 -u\n";
  const content: DebContent = {
    name: "tool",
    fields: { Depends: "python3" },
    control: { postinst: "#!/bin/sh\n", md5sums: `${"0".repeat(32)}  usr/bin/tool\n` },
    data: [
      tarMember({ name: "./usr/bin/tool", mode: 0o755, mtime: 1234 }, script),
      tarFile("./etc/tool", "x"),
    ],
    xz: true,
  };
  const fetched: string[] = [];
  const first = await unpacked(content, { fetched });
  const again = await unpacked(content, { fetched });
  assert.deepEqual(fetched, ["tool"]);
  assert.deepEqual(again.facts, first.facts);
  assert.equal(again.layer.id, first.layer.id);
  assert.deepEqual(first.facts, {
    stanza: "Package: tool\nVersion: 1\nArchitecture: amd64\nDepends: python3",
    md5sums: `${"0".repeat(32)}  usr/bin/tool\n`,
    youngest: 1234,
    programs: { "usr/bin/tool": { kind: "script", interpreter: "/usr/bin/python3", argument: "-u" } },
  });
});

test("a package that calls itself something else is refused", async () => {
  const other = refuses("integrity-archive", /^good 1 says of itself that it is evil 1$/);
  await assert.rejects(unpacked({ name: "evil" }, { name: "good" }), other);
  const version = refuses("integrity-archive", /^good 1 says of itself that it is good 2$/);
  await assert.rejects(unpacked({ name: "good", version: "2" }, { version: "1" }), version);
});

test("devices, pipes and files that would remove others are refused, and leave no memory", async () => {
  const device = { device: { major: 1, minor: 3 } };
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [tarMember({ name: "./dev/null", type: "char", ...device }), /^p brings a char \(\/dev\/null\)/],
    [tarMember({ name: "./dev/sda", type: "block", ...device }), /^p brings a block/],
    [tarMember({ name: "./run/pipe", type: "fifo" }), /^p brings a fifo/],
    [tarFile("./etc/.wh.passwd", ""), /^p has a file of a reserved name, which would remove \/etc\/passwd$/],
    [tarFile("./etc/.wh..wh..opq", ""), /^p has a file of a reserved name/],
  ];
  const before = readdirSync(join(store.root, "keys"), { recursive: true }).length;
  for (const [member, message] of cases)
    await assert.rejects(unpacked({ name: "p", data: [member] }), refuses("integrity-archive", message));
  assert.equal(readdirSync(join(store.root, "keys"), { recursive: true }).length, before);
  assert.deepEqual(readdirSync(join(store.root, "tmp")), []);
});

test("names that lead out, links to nothing and archives that are cut off are refused", async () => {
  const cases = [
    [tarFile("./../etc/passwd", "x")],
    [tarMember({ name: "./a", type: "hardlink", linkname: "../../etc/passwd" })],
    [tarMember({ name: "./a", type: "hardlink", linkname: "./b" })],
    [tarFile("./a", "x"), tarFile("./a/b", "x")],
    [tarFile("./a", "x").subarray(0, 300)],
  ];
  for (const data of cases)
    await assert.rejects(unpacked({ name: "p", data }), (error: { code?: string }) => {
      assert.equal(error.code, "integrity-archive");
      return true;
    });
  assert.deepEqual(readdirSync(join(store.root, "tmp")), []);
});

test("no link of a package leads a write elsewhere: what lies behind one is where the archive alone would put it", async () => {
  const data = [
    tarMember({ name: "./etc", type: "symlink", linkname: "/var/etc" }),
    tarFile("./etc/passwd", "own"),
  ];
  const { layer } = await unpacked({ name: "p", data });
  const { entries } = await layer.index();
  assert.deepEqual(
    entries.map(({ path }) => path),
    ["etc", "var/etc/passwd"],
  );
});

test("an archive of the npm registry is unpacked in the same way", async () => {
  const path = join(FOLDER, "x.tgz");
  const bytes = gzipSync(Buffer.concat([tarFile("package/bin/x", "#!/usr/bin/node\n"), TAR_END]));
  writeFileSync(path, bytes);
  const info = { name: "x", version: "1.0.0", integrity: "sha512-AAAA" };
  const { layer, facts } = await unpackNpmPackage(info, { store, fetch: async () => path });
  assert.deepEqual(
    (await layer.index()).entries.map((entry) => entry.path),
    ["package/bin/x"],
  );
  assert.deepEqual([facts.stanza, Object.keys(facts.programs)], ["", ["package/bin/x"]]);
});
