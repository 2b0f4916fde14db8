import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { rejects } from "../base/fixtures.ts";
import { collectBytes, hexOf, sha256 } from "../base/index.ts";
import { createHttpClient } from "../net/index.ts";
import { readDeb } from "./deb.ts";
import { MIRROR_HINTS } from "./download-file.ts";
import { MAIN, makeDeb, makeKey, publish, RELEASE, serve, type TestServer } from "./fixtures.ts";
import type { Mirror } from "./mirror.ts";
import type { PackageIndex, PackageInfo } from "./package-index.ts";
import { findReleases, type RepositoryAccess } from "./release-files.ts";
import { fetchPackage, openLists, packageLists } from "./repository.ts";
import { debianSources, type Source } from "./source.ts";

const KEY = await makeKey();
const STRANGER = await makeKey();
const NOW = Date.UTC(2026, 0, 15);
const SIGNAL = new AbortController().signal;
const SUITES = {
  trixie: { hello: "1.0-1", tools: "2" },
  "trixie-updates": { hello: "1.0-1+deb13u1" },
  "trixie-security": { tools: "2~old" },
};
const client = createHttpClient({}, MIRROR_HINTS);
after(() => client[Symbol.asyncDispose]());

interface Setup extends AsyncDisposable {
  readonly server: TestServer;
  readonly access: RepositoryAccess;
  readonly sources: readonly Source[];
  fetch(info: PackageInfo): Promise<Buffer>;
  open(changes?: Partial<RepositoryAccess>): Promise<PackageIndex>;
}

async function setup(options: Partial<Parameters<typeof publish>[2]> = {}): Promise<Setup> {
  const server = await serve();
  const cache = mkdtempSync(join(tmpdir(), "tare-repository-"));
  const mirror: Mirror = await publish(server, SUITES, { key: KEY, ...options });
  const access = { client, cache, refresh: false, keys: [KEY.publicKey], now: NOW };
  const sources = debianSources(mirror, "trixie");
  return {
    server,
    access,
    sources,
    fetch: (info) => fetchPackage(info, { access, sources }, SIGNAL),
    async open(changes = {}) {
      const own = { ...access, ...changes };
      return openLists(packageLists(await findReleases(sources, own, SIGNAL), "amd64"), own, SIGNAL);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(cache, { recursive: true });
    },
  };
}

function found(index: PackageIndex, name: string): PackageInfo {
  const info = index.find(name);
  assert.ok(info, name);
  return info;
}

/** Names of the cache's lists and packages, each of which has the hash that its name says. */
function cached({ access }: Setup): readonly string[] {
  const lists = join(access.cache, "lists");
  const all = [
    ...readdirSync(access.cache).map((name) => join(access.cache, name)),
    ...(existsSync(lists) ? readdirSync(lists).map((name) => join(lists, name)) : []),
  ].filter((path) => path !== lists && !path.endsWith(".InRelease"));
  for (const path of all) {
    const [hex] = basename(path).split(".");
    assert.equal(hexOf(sha256(readFileSync(path))), hex, path);
  }
  return all.map((path) => basename(path)).sort();
}

function flipByte(server: TestServer, path: string): void {
  const bytes = Buffer.from(server.files.get(path) as Buffer);
  bytes[40] = (bytes[40] as number) ^ 1;
  server.files.set(path, bytes);
}

test("the newest version of every suite is found, and its bytes are those that were signed", async () => {
  await using it = await setup();
  const index = await it.open();
  assert.equal(found(index, "hello").version, "1.0-1+deb13u1");
  assert.equal(found(index, "tools").version, "2");
  assert.equal(index.find("nothing"), undefined);
  assert.equal(found(index, "tools").path, "pool/tools_2.deb");
  assert.equal(found(index, "tools").repository, "debian");
  const bytes = await it.fetch(found(index, "tools"));
  assert.equal(bytes.equals(await makeDeb("tools", "2")), true);
  const { control, data } = await readDeb(bytes, "tools");
  assert.match(control.toString(), /Package: tools\nVersion: 2\n/);
  assert.match((await collectBytes(data)).toString("latin1"), /^\.\/usr\/tools\0/);
});

test("what was fetched once is used without asking, even when the mirror is gone", async () => {
  await using it = await setup();
  const index = await it.open();
  await it.fetch(found(index, "hello"));
  assert.equal(it.server.asked.length, 3 + 3 + 1);
  assert.equal(cached(it).length, 3 + 1);
  await it.server.close();
  const again = found(await it.open({ now: NOW + 1e12 }), "hello");
  assert.equal((await it.fetch(again)).equals(await makeDeb("hello", "1.0-1+deb13u1")), true);
  assert.equal(it.server.asked.length, 7);
});

test("a refresh asks for the release files, and for nothing else when they are the same", async () => {
  await using it = await setup();
  await it.open();
  it.server.asked.length = 0;
  await it.open({ refresh: true });
  assert.deepEqual([...it.server.asked].sort(), [
    "/debian-security/dists/trixie-security/InRelease",
    "/debian/dists/trixie-updates/InRelease",
    RELEASE,
  ]);
  await publish(it.server, { ...SUITES, trixie: { hello: "3" } }, { key: KEY });
  assert.equal(found(await it.open(), "hello").version, "1.0-1+deb13u1");
  assert.equal(found(await it.open({ refresh: true }), "hello").version, "3");
});

test("an archive that offers lists by their hash is asked for them that way", async () => {
  await using it = await setup({ byHash: true });
  assert.equal(found(await it.open(), "hello").version, "1.0-1+deb13u1");
  const lists = it.server.asked.filter((path) => !path.endsWith("InRelease"));
  assert.deepEqual(
    lists.map((path) => path.replace(/[0-9a-f]{64}$/, "HEX")).sort(),
    ["/debian-security/dists/trixie-security", "/debian/dists/trixie-updates", "/debian/dists/trixie"].map(
      (base) => `${base}/main/binary-amd64/by-hash/SHA256/HEX`,
    ),
  );
});

test("a list with one changed byte is refused by name and not kept", async () => {
  await using it = await setup();
  flipByte(it.server, MAIN);
  await assert.rejects(
    it.open(),
    rejects("integrity-digest", /dists\/trixie\/main\/binary-amd64\/Packages\.xz/),
  );
  assert.equal(
    cached(it).every((name) => !name.endsWith(".part")),
    true,
  );
  await publish(it.server, SUITES, { key: KEY });
  assert.equal(found(await it.open(), "hello").version, "1.0-1+deb13u1");
});

test("a package with one changed byte is refused by name and not kept", async () => {
  await using it = await setup();
  const info = found(await it.open(), "tools");
  flipByte(it.server, "/debian/pool/tools_2.deb");
  await assert.rejects(
    it.fetch(info),
    rejects("integrity-digest", /\/debian\/pool\/tools_2\.deb has digest/),
  );
  assert.deepEqual(
    cached(it).filter((name) => !name.endsWith(".xz")),
    [],
  );
});

test("a package and a list that were damaged on the disk are fetched again", async () => {
  await using it = await setup();
  const info = found(await it.open(), "tools");
  await it.fetch(info);
  for (const name of cached(it)) {
    const folder = name.endsWith(".deb") ? it.access.cache : join(it.access.cache, "lists");
    writeFileSync(join(folder, name), "damaged");
  }
  const again = found(await it.open(), "tools");
  assert.equal((await it.fetch(again)).equals(await makeDeb("tools", "2")), true);
  assert.equal(cached(it).length, 4);
});

test("a remembered release file that was changed on the disk is not trusted", async () => {
  await using it = await setup();
  await it.open();
  const lists = join(it.access.cache, "lists");
  const releases = readdirSync(lists).filter((name) => name.endsWith(".InRelease"));
  for (const name of releases) {
    const path = join(lists, name);
    writeFileSync(path, readFileSync(path, "utf8").replace("Codename", "Codenamf"));
  }
  it.server.asked.length = 0;
  await it.open();
  assert.equal(it.server.asked.filter((path) => path.endsWith("InRelease")).length, 3);
});

test("a release file that a stranger signed, that is unsigned or changed, is refused by name", async () => {
  const cases: readonly [string, () => Promise<string> | string, RegExp][] = [
    ["stranger", () => STRANGER.sign("Codename: trixie\n"), /InRelease is not signed by any of/],
    ["unsigned", () => "Codename: trixie\n", /InRelease is not a signed Release file/],
    ["empty", () => "", /InRelease is not a signed Release file/],
    [
      "changed",
      async () => (await KEY.sign("Codename: trixie\nDate: 1\n")).replace("Date: 1", "Date: 2"),
      /InRelease is not signed by any of/,
    ],
  ];
  for (const [name, text, message] of cases) {
    await using it = await setup();
    it.server.files.set(RELEASE, Buffer.from(await text()));
    await assert.rejects(it.open(), rejects("integrity-signature", message), name);
    const lists = join(it.access.cache, "lists");
    const kept = existsSync(lists) ? readdirSync(lists).filter((file) => file.endsWith(".InRelease")) : [];
    assert.ok(
      kept.every((file) => !readFileSync(join(lists, file), "utf8").includes("Codename: trixie\n")),
      name,
    );
  }
});

test("what stands around the signed text does not count", async () => {
  await using it = await setup();
  const signed = it.server.files.get(RELEASE) as Buffer;
  const forged = `Codename: trixie\nSHA256:\n ${"0".repeat(64)} 9 main/binary-amd64/Packages.xz\n\n`;
  it.server.files.set(RELEASE, Buffer.concat([Buffer.from(forged), signed, Buffer.from(forged)]));
  assert.equal(found(await it.open(), "hello").version, "1.0-1+deb13u1");
  assert.equal(cached(it).length, 3);
});

test("the release file of another suite is refused, though it is signed", async () => {
  await using it = await setup();
  const other = it.server.files.get("/debian/dists/trixie-updates/InRelease") as Buffer;
  it.server.files.set(RELEASE, other);
  await assert.rejects(
    it.open(),
    rejects("integrity-signature", /trixie\/InRelease is signed for the suite trixie-updates/),
  );
});

test("a release file that has expired is refused when it is fetched", async () => {
  const until = (date: string) => ({ release: `Valid-Until: ${date}\n` });
  await using old = await setup(until("Wed, 14 Jan 2026 23:59:59 UTC"));
  await assert.rejects(
    old.open(),
    rejects("integrity-signature", /InRelease has expired at Wed, 14 Jan 2026 23:59:59 UTC/),
  );
  assert.deepEqual(cached(old), []);
  await using good = await setup(until("Thu, 15 Jan 2026 00:00:01 UTC"));
  assert.equal(found(await good.open(), "tools").version, "2");
  await using odd = await setup(until("someday"));
  await assert.rejects(odd.open(), rejects("integrity-signature", /InRelease .*someday/));
});

test("an architecture that a suite does not have is named", async () => {
  await using it = await setup();
  const releases = await findReleases(it.sources, it.access, SIGNAL);
  assert.throws(
    () => packageLists(releases, "m68k"),
    rejects("resolve-package", /trixie has no packages for main, m68k/),
  );
});

test("an older release file of the same address does not come back, however well it is signed", async () => {
  const dated = (day: number) => ({ release: `Date: Thu, ${day} Jan 2026 00:00:00 UTC\n` });
  await using it = await setup(dated(12));
  const older = new Map(it.server.files);
  const version = async () => found(await it.open({ refresh: true }), "hello").version;
  const change = async (hello: string, day: number) =>
    publish(it.server, { ...SUITES, "trixie-updates": { hello } }, { key: KEY, ...dated(day) });
  assert.equal(await version(), "1.0-1+deb13u1");
  await change("1.0-1+deb13u2", 13);
  assert.equal(await version(), "1.0-1+deb13u2");
  for (const [path, bytes] of older) it.server.files.set(path, bytes);
  assert.equal(await version(), "1.0-1+deb13u2", "the lists of the newer one are remembered");
  await change("1.0-1+deb13u1", 14);
  assert.equal(await version(), "1.0-1+deb13u1", "whoever signs may go back to an older version");
});

test("a newer release file that has expired meanwhile does not count on", async () => {
  const until = "Valid-Until: Fri, 16 Jan 2026 00:00:00 UTC\n";
  await using it = await setup({ release: `Date: Tue, 13 Jan 2026 00:00:00 UTC\n${until}` });
  await it.open();
  const release = "Date: Mon, 12 Jan 2026 00:00:00 UTC\n";
  await publish(it.server, SUITES, { key: KEY, release });
  const refreshed = it.open({ refresh: true, now: Date.UTC(2026, 0, 17) });
  await assert.rejects(refreshed, rejects("integrity-signature", /has expired/));
});
