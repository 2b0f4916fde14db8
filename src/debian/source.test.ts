import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { rejects } from "../base/fixtures.ts";
import { sha256, TareError } from "../base/index.ts";
import { createHttpClient } from "../net/index.ts";
import { MIRROR_HINTS } from "./download-file.ts";
import { makeKey, type Packages, publishSuite, type SuiteContent, serve } from "./fixtures.ts";
import { readKeyring } from "./keyring.ts";
import { readRelease } from "./release.ts";
import type { RepositoryAccess } from "./release-files.ts";
import { resolveRequest } from "./resolution.ts";
import { checkSources, debianSources, type Source } from "./source.ts";

const [KEY, OTHER, STRANGER] = await Promise.all([makeKey(), makeKey(), makeKey()]);
const NOW = Date.UTC(2026, 0, 15);
const SIGNAL = new AbortController().signal;
const client = createHttpClient({}, MIRROR_HINTS);
const server = await serve();
const folders: string[] = [];
after(async () => {
  await client[Symbol.asyncDispose]();
  await server.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function access(): RepositoryAccess {
  const cache = mkdtempSync(join(tmpdir(), "tare-source-"));
  folders.push(cache);
  return { client, cache, refresh: false, keys: [KEY.publicKey], now: NOW };
}

const publishVendor = (changes: Partial<SuiteContent> & { readonly repository: string }) =>
  publishSuite(server, { suite: "stable", key: OTHER, components: { main: { tool: {} } }, ...changes });

const vendor = (repository: string, changes: Partial<Source> = {}): Source => ({
  id: "vendor",
  uri: `${server.origin}${repository}`,
  suites: ["stable"],
  components: ["main"],
  keyring: OTHER.publicKey,
  ...changes,
});

const resolve = async (sources: readonly Source[], wanted: readonly string[], own = access()) =>
  resolveRequest({ sources, architecture: "amd64", packages: wanted, dependencies: "follow" }, own, SIGNAL);

test("several suites, components and sources are one, each source with keys of its own", async () => {
  const lib: Packages = { "lib=1": {}, app: { Depends: "lib, extra, tool" } };
  const debian = { repository: "/both", key: KEY };
  await publishSuite(server, {
    ...debian,
    suite: "trixie",
    components: { main: lib, contrib: { extra: {} } },
  });
  const dates = "Date: Thu, 15 Jan 2026 00:00:00 UTC\nValid-Until: Fri, 16 Jan 2026 00:00:00 UTC\n";
  await publishSuite(server, {
    ...debian,
    suite: "trixie-updates",
    components: { main: { "lib=2": {} }, contrib: {} },
    release: dates,
  });
  await publishVendor({ repository: "/vendor", byHash: true });
  const suites = ["trixie", "trixie-updates"];
  const sources = [
    { id: "debian", uri: `${server.origin}/both/`, suites, components: ["main", "contrib"] },
    vendor("/vendor", { keyring: OTHER.binaryKey }),
  ];
  const { packages, releases } = await resolve(sources, ["app"]);
  assert.deepEqual(
    packages.map(({ name, version, repository, path }) => `${name} ${version} ${repository} ${path}`),
    [
      "app 1 debian pool/app_1.deb",
      "extra 1 debian pool/extra_1.deb",
      "lib 2 debian pool/lib_2.deb",
      "tool 1 vendor pool/tool_1.deb",
    ],
  );
  const facts = { codename: "trixie", date: "", signedBy: [KEY.fingerprint] };
  const hash = (path: string) => sha256(server.files.get(path) as Buffer);
  assert.deepEqual(releases, [
    { ...facts, repository: "debian", suite: "trixie", sha256: hash("/both/dists/trixie/InRelease") },
    {
      ...facts,
      repository: "debian",
      suite: "trixie-updates",
      codename: "trixie-updates",
      date: "Thu, 15 Jan 2026 00:00:00 UTC",
      validUntil: "Fri, 16 Jan 2026 00:00:00 UTC",
      sha256: hash("/both/dists/trixie-updates/InRelease"),
    },
    {
      repository: "vendor",
      suite: "stable",
      codename: "stable",
      date: "",
      sha256: hash("/vendor/dists/stable/InRelease"),
      signedBy: [OTHER.fingerprint],
    },
  ]);
});

test("a key of one source does not sign for another", async () => {
  await publishVendor({ repository: "/mixed" });
  const one = [vendor("/mixed", { keyring: STRANGER.publicKey })];
  await assert.rejects(
    resolve(one, ["tool"]),
    rejects("integrity-signature", /InRelease is not signed by any of the keys of its source/),
  );
  const { keyring: _none, ...bare } = vendor("/mixed");
  await assert.rejects(resolve([bare], ["tool"]), rejects("integrity-signature", /not signed/));
  await publishVendor({ repository: "/main", key: KEY });
  await assert.rejects(resolve([vendor("/main")], ["tool"]), rejects("integrity-signature", /not signed/));
});

test("a keyring is armored or binary, of one key or several", async () => {
  const all = [KEY, OTHER].map(({ fingerprint }) => fingerprint);
  const forms = [
    `a comment\n${KEY.publicKey}\n\n${OTHER.publicKey}`,
    Buffer.from(KEY.publicKey + OTHER.publicKey),
    Buffer.concat([KEY.binaryKey, OTHER.binaryKey]),
  ];
  for (const form of forms) {
    const keys = await readKeyring(form, "it");
    assert.deepEqual(
      keys.map((key) => key.getFingerprint().toUpperCase()),
      all,
    );
  }
  const both = Buffer.concat([STRANGER.binaryKey, OTHER.binaryKey]);
  await publishVendor({ repository: "/several" });
  const { releases } = await resolve([vendor("/several", { keyring: both })], ["tool"]);
  assert.deepEqual(releases[0]?.signedBy, [OTHER.fingerprint]);
});

test("what holds no key is refused by the name of its source, and never anything else", async () => {
  const cut = KEY.binaryKey.subarray(0, 20);
  for (const keyring of [
    "",
    "trust me",
    KEY.publicKey.slice(0, 200),
    new Uint8Array(),
    cut,
    Buffer.from([0x99, 0xff]),
  ])
    await assert.rejects(readKeyring(keyring, "vendor"), rejects("user-bad-recipe", /keyring of vendor/));
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      const keys = await readKeyring(bytes, "it").catch((error: unknown) => {
        assert.ok(error instanceof TareError && error.code === "user-bad-recipe", String(error));
        return [];
      });
      assert.equal(keys.length, 0);
    }),
  );
});

test("all keys that signed are told, and one good signature is enough", async () => {
  const { createCleartextMessage, sign, generateKey } = await import("openpgp");
  const pairs = await Promise.all(
    ["a", "b"].map((name) => generateKey({ userIDs: [{ name }], format: "object" })),
  );
  const signingKeys = pairs.map(({ privateKey }) => privateKey);
  const text = await sign({ message: await createCleartextMessage({ text: "Suite: s\n" }), signingKeys });
  const [a, b] = pairs.map(({ publicKey }) => publicKey);
  const keys = (...some: readonly (typeof a)[]) => some.map((key) => key?.armor() ?? "");
  const url = "http://it/InRelease";
  const print = (key: typeof a) => key?.getFingerprint().toUpperCase() ?? "";
  const both = await readRelease(text, { url, suite: "s", keys: keys(a, b) });
  assert.deepEqual(both.signedBy, [print(a), print(b)].sort());
  const one = await readRelease(text, { url, suite: "s", keys: [STRANGER.publicKey, ...keys(b)] });
  assert.deepEqual(one.signedBy, [print(b)]);
});

test("a suite may be asked for by either of its names, and not by another", async () => {
  await publishVendor({ repository: "/names", release: "Codename: nick\nSuite: stable\n" });
  assert.equal((await resolve([vendor("/names")], ["tool"])).releases[0]?.codename, "nick");
  server.files.set("/names/dists/old/InRelease", server.files.get("/names/dists/stable/InRelease") as Buffer);
  await assert.rejects(
    resolve([vendor("/names", { suites: ["old"] })], ["tool"]),
    rejects("integrity-signature", /dists\/old\/InRelease is signed for the suite nick, stable/),
  );
});

test("a release file from the future is refused when it is fetched, not when it is remembered", async () => {
  const dated = (date: string) => publishVendor({ repository: "/dated", release: `Date: ${date}\n` });
  const own = access();
  for (const date of ["Sat, 17 Jan 2026 00:00:00 UTC", "soon"]) {
    await dated(date);
    await assert.rejects(
      resolve([vendor("/dated")], ["tool"], own),
      rejects("integrity-signature", /InRelease is dated in the future/),
    );
    assert.deepEqual(readdirSync(own.cache), []);
  }
  await dated("Thu, 15 Jan 2026 06:00:00 UTC");
  await resolve([vendor("/dated")], ["tool"], own);
  const earlier = { ...own, now: NOW - 1e11 };
  assert.equal((await resolve([vendor("/dated")], ["tool"], earlier)).packages.length, 1);
  await assert.rejects(resolve([vendor("/dated")], ["tool"], { ...earlier, refresh: true }), /future/);
});

test("a suite that asks for it is only used where it is asked for", async () => {
  const components = { main: { "lib=2": {}, "new=1": { Depends: "lib" } } };
  const suite = { repository: "/back", key: KEY };
  await publishSuite(server, { ...suite, suite: "trixie", components: { main: { "lib=1": {} } } });
  const release = "NotAutomatic: yes\nButAutomaticUpgrades: yes\n";
  await publishSuite(server, { ...suite, suite: "trixie-backports", components, release });
  const suites = ["trixie", "trixie-backports"];
  const sources = [{ id: "debian", uri: `${server.origin}/back`, suites, components: ["main"] }];
  const versions = async (...wanted: readonly string[]) =>
    (await resolve(sources, wanted)).packages.map(({ name, version }) => `${name} ${version}`);
  assert.deepEqual(await versions("lib"), ["lib 1"]);
  assert.deepEqual(await versions("new"), ["lib 1", "new 1"]);
  assert.deepEqual(await versions("new", "lib (>= 2)"), ["lib 2", "new 1"]);
});

test("lists of packages for all architectures are read where an archive has them apart", async () => {
  const contents = {
    "main/binary-all/Packages":
      "Package: data\nVersion: 1\nArchitecture: all\nFilename: pool/data.deb\nSize: 1\n",
  };
  const text = `${contents["main/binary-all/Packages"]}SHA256: ${"0".repeat(64)}\n`;
  const release = "Architectures: amd64 all\n";
  await publishVendor({ repository: "/apart", release, contents: { "main/binary-all/Packages": text } });
  const { packages } = await resolve([vendor("/apart")], ["data", "tool"]);
  assert.deepEqual(
    packages.map(({ name, architecture }) => `${name} ${architecture}`),
    ["data all", "tool amd64"],
  );
  const not = `${release}No-Support-for-Architecture-all: Packages\n`;
  await publishVendor({
    repository: "/together",
    release: not,
    contents: { "main/binary-all/Packages": text },
  });
  await assert.rejects(resolve([vendor("/together")], ["data"]), /no package satisfies data/);
});

test("a component that a suite has not is named", async () => {
  await publishVendor({ repository: "/component" });
  await assert.rejects(
    resolve([vendor("/component", { components: ["main", "extra"] })], ["tool"]),
    rejects("resolve-package", /dists\/stable has no packages for extra, amd64/),
  );
});

test("sources that can not be used are refused before anything is fetched", async () => {
  const good = vendor("/x");
  const cases: readonly (readonly [readonly Source[], RegExp])[] = [
    [[good, good], /vendor is there twice/],
    [[{ ...good, suites: ["./"] }], /is a flat repository \(\.\/\)/],
    [[{ ...good, suites: ["stable/"] }], /flat repository/],
    [[{ ...good, components: [] }], /flat repository \(without components\)/],
    [[{ ...good, suites: [] }], /has no suite/],
    [[{ ...good, uri: "file:///mnt" }], /no web address: "file:\/\/\/mnt"/],
    [[{ ...good, uri: "vendor" }], /no web address/],
    [[{ ...good, suites: ["../../x"] }], /odd name: "\.\.\/\.\.\/x"/],
    [[{ ...good, components: ["a b"] }], /odd name/],
    [[{ ...good, components: ["a?b"] }], /odd name/],
  ];
  for (const [sources, message] of cases)
    assert.throws(() => checkSources(sources), rejects("user-bad-recipe", message), String(message));
  checkSources([
    { ...good, suites: ["stable/updates"], components: ["updates/main"] },
    ...debianSources({ main: "http://a", security: "http://b" }, "trixie"),
  ]);
});
