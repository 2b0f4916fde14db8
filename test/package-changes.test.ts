import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { changesBetween } from "../src/api/bases/package-changes.ts";
import { sha256 } from "../src/base/index.ts";
import type { LockedTarget } from "../src/compose/index.ts";
import { makeDeb, tarFile } from "../src/debian/fixtures.ts";
import type { ResolvedPackage } from "../src/debian/index.ts";

function info(name: string, version: string, installedSize = 100): ResolvedPackage {
  const texts = { name, version, sourceVersion: version, source: name, architecture: "all", section: "" };
  const file = { repository: "r", path: "p", size: 1, sha256: sha256(`${name} ${version}`) };
  return { ...texts, ...file, installedSize, depends: [], replaces: [], because: [name] };
}

function target(packages: readonly ResolvedPackage[], npm: LockedTarget["npm"] = []): LockedTarget {
  const head = { release: "13", architecture: "amd64", debug: false, recipe: sha256("r") } as const;
  return { ...head, releases: [], packages, npm, dropped: [] };
}

const changelog = (name: string, text: string) => [
  tarFile(`./usr/share/doc/${name}/changelog.Debian.gz`, gzipSync(text)),
];

test("what moved, came and went, by name, with the CVE ids between the versions", async () => {
  const text =
    "lib (3-1) x; urgency=high\n\n  * CVE-2026-0003\n\n -- A <a@b>  date\n\n" +
    "lib (2-1) x; urgency=high\n\n  * CVE-2026-0002, CVE-2026-0001\n\n -- A <a@b>  date\n\n" +
    "lib (1-1) x; urgency=high\n\n  * CVE-2020-0001\n\n -- A <a@b>  date\n";
  const fetched: string[] = [];
  const fetch = async ({ name, version }: ResolvedPackage) => {
    fetched.push(name);
    return makeDeb(name, version, changelog(name, text));
  };
  const before = target(
    [info("gone", "1"), info("lib", "1-1"), info("same", "1")],
    [{ name: "node", version: "24.0.0", integrity: "sha512-a" }],
  );
  const locked = target(
    [info("lib", "3-1", 150), info("new", "1", 7), info("same", "1")],
    [{ name: "node", version: "24.1.0", integrity: "sha512-b" }],
  );
  const known = new Map<string, readonly string[]>();
  assert.deepEqual(await changesBetween(before, { locked, fetch, known }), [
    { name: "gone", from: "1", size: -100, cves: [] },
    {
      name: "lib",
      from: "1-1",
      to: "3-1",
      size: 50,
      cves: ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"],
    },
    { name: "new", to: "1", size: 7, cves: [] },
    { name: "node", from: "24.0.0", to: "24.1.0", cves: [] },
  ]);
  assert.deepEqual(fetched, ["lib"]);
  await changesBetween(before, { locked, fetch, known });
  assert.deepEqual(fetched, ["lib"], "what is known is not fetched for another architecture");
});

test("a step back fixes nothing, and the same packages are no change", async () => {
  const fetch = async ({ name, version }: ResolvedPackage) =>
    makeDeb(name, version, changelog(name, "lib (1-1) x; urgency=low\n\n  * CVE-2020-0001\n"));
  const [one, two] = [target([info("lib", "1-1")]), target([info("lib", "2-1")])];
  const changes = await changesBetween(two, { locked: one, fetch, known: new Map() });
  assert.deepEqual(changes, [{ name: "lib", from: "2-1", to: "1-1", size: 0, cves: [] }]);
  assert.deepEqual(await changesBetween(one, { locked: one, fetch, known: new Map() }), []);
});
