import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { cvesFixed, cvesSince, readChangelog } from "./changelog.ts";
import { makeDeb, tarFile, tarLink } from "./fixtures.ts";

const TEXT = `openssl (3.0.17-1~deb12u3) bookworm-security; urgency=medium

  * CVE-2025-9230 (Out-of-bounds read), cve-2025-9232
    CVE-2025-9230 again, XCVE-2025-1111 and CVE-2025-12 are none.

 -- A Person <a@localhost>  Sat, 27 Sep 2025 21:35:11 +0200

openssl (3.0.16-1~deb12u1) bookworm; urgency=medium

  * Fixes CVE-2024-13176. See "openssl (1.0-1) unstable" for more.

 -- A Person <a@localhost>  Sun, 06 Apr 2025 15:06:08 +0200

openssl (3.0.15-1~deb12u1) bookworm bookworm-security; urgency=high

  * CVE-2024-5535.

 -- A Person <a@localhost>  Sun, 01 Sep 2024 15:06:08 +0200
`;

test("the ids of entries above the old version are told, each once, in order", () => {
  assert.deepEqual(cvesSince(TEXT, "3.0.16-1~deb12u1"), ["CVE-2025-9230", "CVE-2025-9232"]);
  assert.deepEqual(cvesSince(TEXT, "3.0.16-1~deb12u1+b1"), ["CVE-2025-9230", "CVE-2025-9232"]);
  assert.deepEqual(cvesSince(TEXT, "3.0.15-1"), ["CVE-2024-13176", "CVE-2025-9230", "CVE-2025-9232"]);
  assert.deepEqual(cvesSince(TEXT, "0"), [
    "CVE-2024-5535",
    "CVE-2024-13176",
    "CVE-2025-9230",
    "CVE-2025-9232",
  ]);
  assert.deepEqual(cvesSince(TEXT, "3.0.17-1~deb12u3"), []);
  assert.deepEqual(cvesSince(TEXT, "1:0"), []);
});

test("an id that the old version's entry, or one below it, names is no new one", () => {
  const entry = (version: string, text: string) =>
    `glibc (${version}) x; urgency=medium\n\n  * ${text}\n\n -- A\n\n`;
  const text =
    entry("3", "local-CVE-2023-4911.patch: upstreamed. Fix CVE-2024-2961.") +
    entry("2", "Nothing.") +
    entry("1", "Fix cve-2023-4911.");
  assert.deepEqual(cvesSince(text, "2"), ["CVE-2024-2961"]);
  assert.deepEqual(cvesSince(text, "0"), ["CVE-2023-4911", "CVE-2024-2961"]);
});

test("what is no changelog has no ids in entries, and never throws", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, since) => {
      for (const id of cvesSince(text, since)) assert.match(id, /^CVE-/);
    }),
  );
  assert.deepEqual(cvesSince("", "1"), []);
});

const changelog = (path: string, text = TEXT) => tarFile(`./usr/share/doc/${path}`, gzipSync(text));
const never = async () => assert.fail("nothing else should be opened");

test("the changelog of a package is read from it, Debian's before upstream's", async () => {
  const deb = await makeDeb("openssl", "1", [
    changelog("openssl/changelog.gz", "upstream CVE-2000-0001"),
    changelog("openssl/changelog.Debian.gz"),
    changelog("other/changelog.Debian.gz", "of another"),
  ]);
  assert.deepEqual(await readChangelog(deb, "openssl"), { kind: "text", text: TEXT });
  const options = { name: "openssl", since: "3.0.16-1~deb12u1", open: never };
  assert.deepEqual(await cvesFixed(deb, options), ["CVE-2025-9230", "CVE-2025-9232"]);
  const native = await makeDeb("base-files", "1", [changelog("base-files/changelog.gz", "native")]);
  assert.deepEqual(await readChangelog(native, "base-files"), { kind: "text", text: "native" });
  assert.deepEqual(await cvesFixed(await makeDeb("bare", "1"), { ...options, name: "bare" }), []);
});

test("a link to the documentation of another package is followed, however it is written", async () => {
  const base = await makeDeb("base", "1", [changelog("base/changelog.Debian.gz")]);
  const links: readonly (readonly [string, string])[] = [
    ["./usr/share/doc/lib", "base"],
    ["./usr/share/doc/lib", "./base"],
    ["./usr/share/doc/lib", "/usr/share/doc/base"],
    ["./usr/share/doc/lib/changelog.Debian.gz", "../base/changelog.Debian.gz"],
    ["./usr/share/doc/lib/changelog.Debian.gz", "/usr/share/doc/base/changelog.Debian.gz"],
  ];
  for (const [path, target] of links) {
    const lib = await makeDeb("lib", "1", [tarLink(path, target)]);
    const open = async (name: string) => (name === "base" ? base : undefined);
    const found = await cvesFixed(lib, { name: "lib", since: "3.0.16-1~deb12u1", open });
    assert.deepEqual(found, ["CVE-2025-9230", "CVE-2025-9232"], `${path} -> ${target}`);
    assert.deepEqual(await cvesFixed(lib, { name: "lib", since: "1", open: async () => undefined }), []);
  }
});

test("links in a circle, out of the folder or to nothing end without ids", async () => {
  let opened = 0;
  for (const target of ["lib", "other", "../../etc", "", ".", "/etc/passwd", "../../../.."]) {
    const lib = await makeDeb("lib", "1", [tarLink("./usr/share/doc/lib", target)]);
    const open = async (name: string) => {
      opened++;
      return makeDeb(name, "1", [tarLink(`./usr/share/doc/${name}`, "lib")]);
    };
    assert.deepEqual(await cvesFixed(lib, { name: "lib", since: "1", open }), []);
  }
  assert.ok(opened < 40, `${opened} were opened`);
});

test("a changelog that is damaged is told by the name of its package", async () => {
  const deb = await makeDeb("lib", "1", [tarFile("./usr/share/doc/lib/changelog.Debian.gz", "no gzip")]);
  await assert.rejects(
    readChangelog(deb, "lib"),
    (error) =>
      error instanceof TareError &&
      error.code === "integrity-archive" &&
      /of lib can not/.test(error.message),
  );
});
