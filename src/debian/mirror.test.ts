import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { TareError } from "../base/index.ts";
import { findMirror, type Mirror } from "./mirror.ts";

const DEFAULT = {
  main: "http://ftp.debian.org/debian",
  security: "http://ftp.debian.org/debian-security",
};

/** The mirror of a host whose /etc/apt has these files. */
async function mirrorOf(files: Readonly<Record<string, string>>): Promise<Mirror> {
  const etc = mkdtempSync(join(tmpdir(), "tare-apt-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(etc, path)), { recursive: true });
      writeFileSync(join(etc, path), text);
    }
    return await findMirror(undefined, etc);
  } finally {
    rmSync(etc, { recursive: true });
  }
}

test("a mirror that is given is used, its security archive beside it", async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["http://a/debian", "http://a/debian", "http://a/debian-security"],
    ["https://a:8080/pub/debian//", "https://a:8080/pub/debian", "https://a:8080/pub/debian-security"],
    ["http://a/archive", "http://a/archive", "http://a/debian-security"],
  ];
  for (const [given, main, security] of cases)
    assert.deepEqual(await findMirror(given, "/nowhere"), { main, security });
});

test("a mirror that is no web address is refused", async () => {
  for (const given of ["", "debian", "ftp://a/debian", "file:///debian", "http://"])
    await assert.rejects(findMirror(given, "/nowhere"), (error) => {
      assert.ok(error instanceof TareError, "it is a TareError");
      assert.equal(error.code, "user-bad-flag");
      assert.match(error.message, new RegExp(JSON.stringify(given)));
      assert.ok(error.facts.hint, "it has a hint");
      return true;
    });
});

test("a host that is not Debian, or has no sources, gets the default", async () => {
  assert.deepEqual(await findMirror(undefined, "/nowhere"), DEFAULT);
  const ubuntu = "deb http://archive.ubuntu.com/ubuntu noble main\n";
  assert.deepEqual(await mirrorOf({ "sources.list": ubuntu }), DEFAULT);
});

test("the sources of a Debian host are used, in the style of one line", async () => {
  const text = [
    "# deb http://comment/debian trixie main",
    "deb-src http://source/debian trixie main",
    "deb [arch=amd64 signed-by=/x] http://mine/debian/ trixie main contrib",
    "deb http://mine-security/debian-security trixie-security main",
  ].join("\n");
  assert.deepEqual(await mirrorOf({ "sources.list": text }), {
    main: "http://mine/debian",
    security: "http://mine-security/debian-security",
  });
});

test("the sources of a Debian host are used, in stanzas", async () => {
  const text = [
    "Types: deb deb-src\nURIs: http://mine/debian\nSuites: trixie trixie-updates\nComponents: main\n",
    "Types: deb\nURIs: http://off/debian-security\nSuites: trixie-security\nComponents: main\nEnabled: No\n",
    "Types: deb-src\nURIs: http://source/debian\nSuites: trixie-updates\nComponents: main\n",
  ].join("\n");
  assert.deepEqual(await mirrorOf({ "sources.list.d/debian.sources": text }), {
    main: "http://mine/debian",
    security: "http://mine/debian-security",
  });
});

test("others who publish under Debian's names do not hide Debian", async () => {
  const mirror = await mirrorOf({
    "sources.list.d/a-vendor.list": "deb http://vendor/debian trixie main\n",
    "sources.list.d/debian.list": "deb http://mine/debian trixie-updates main\n",
    "sources.list.d/note.txt": "deb http://text/debian trixie-updates main\n",
    "sources.list": "deb cdrom:[Debian]/debian trixie-updates main\ndeb http://no/debian trixie contrib\n",
  });
  assert.equal(mirror.main, "http://mine/debian");
});
