import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { createHttpClient } from "../net/index.ts";
import { MIRROR_HINTS } from "./download-file.ts";
import { makeKey, type Packages, publishSuite, serve } from "./fixtures.ts";
import { findReleases } from "./release-files.ts";
import { openLists, packageLists } from "./repository.ts";
import { resolvePackages } from "./resolve.ts";

function missingApt(): string | false {
  try {
    execFileSync("apt-get", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    if (process.env.CI) throw new Error("apt-get has to be installed where CI is set");
    return "SKIPPED: apt-get is not installed here";
  }
}

const run = promisify(execFile);

/** An apt with a root of its own and nothing installed in it. */
async function privateApt(sources: string): Promise<(args: readonly string[]) => Promise<string>> {
  for (const path of ["state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d"])
    mkdirSync(join(ROOT, path), { recursive: true });
  writeFileSync(join(ROOT, "status"), "");
  writeFileSync(join(ROOT, "etc/sources.list"), sources);
  const settings = {
    "Dir::State": join(ROOT, "state"),
    "Dir::State::status": join(ROOT, "status"),
    "Dir::Cache": join(ROOT, "cache"),
    "Dir::Etc": join(ROOT, "etc"),
    "Dir::Etc::sourceparts": "-",
    "APT::Architecture": "amd64",
    "APT::Architectures": "amd64",
    "APT::Sandbox::User": "root",
    "Acquire::http::Proxy::127.0.0.1": "DIRECT",
    "Acquire::Languages": "none",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(join(ROOT, "apt.conf"), lines.join(""));
  const env = { ...process.env, APT_CONFIG: join(ROOT, "apt.conf"), LC_ALL: "C" };
  return async (args) => (await run("apt-get", [...args], { env })).stdout;
}

const ROOT = mkdtempSync(join(tmpdir(), "tare-apt-"));

/** What apt would install, or undefined when it would not. */
async function simulate(
  apt: (args: readonly string[]) => Promise<string>,
  wanted: string,
): Promise<string | undefined> {
  try {
    const out = await apt(["install", "--simulate", "--no-install-recommends", ...wanted.split(" ")]);
    const lines = [...out.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => `${name} ${version}`);
    return lines.sort().join(", ");
  } catch (error) {
    assert.match(String((error as { stderr?: unknown }).stderr), /held broken packages|Unable to satisfy/);
    return undefined;
  }
}

/** Cases by hand: what is wanted, in packages whose names no other case has. */
const CASES: readonly (readonly [string, Packages])[] = [
  ["a1", { a1: { Depends: "a4, a2 | a3" }, a2: {}, a3: {}, a4: { Depends: "a3" } }],
  ["b1", { b1: { Depends: "b-mail" }, b2: { Provides: "b-mail" }, b3: {} }],
  [
    "c1",
    { c1: { Depends: "c-api (>= 2)" }, c2: { Provides: "c-api (= 1)" }, c3: { Provides: "c-api (= 3)" } },
  ],
  ["d1", { d1: { Depends: "d2 (>= 2)" }, "d2=1": {}, "d2=2": {} }],
  ["e1=1 e2=1", { "e1=1": {}, "e1=2": {}, "e2=1": {}, "e2=2": {} }],
  ["f1", { f1: { Depends: "f2, f3" }, f2: { Conflicts: "f3" }, f3: {} }],
  ["g1", { g1: { Depends: "g2 (>= 9)" }, g2: {} }],
  ["h1", { h1: { Depends: "h2:any" }, h2: { "Multi-Arch": "allowed" } }],
  ["i1", { i1: { Depends: "i2:any" }, i2: { "Multi-Arch": "foreign" } }],
  ["j1", { j1: { Depends: "j2:any" }, j2: {} }],
  ["k1", { k1: { Depends: "k2" }, k2: { Architecture: "all", Depends: "k3:amd64" }, k3: {} }],
  ["l1", { l1: { Depends: "l2 (<< 2) | l3" }, "l2=2": {}, l3: {} }],
  ["m1", { m1: { Depends: "m-virtual | m2" }, m2: {}, m3: { Provides: "m-virtual", Priority: "optional" } }],
  ["n1", { n1: { "Pre-Depends": "n2", Recommends: "n3" }, n2: { Breaks: "n1 (<< 1)" }, n3: {} }],
];

/** Random ones without conflicts, where there is little choice: there apt has one answer. */
function randomCases(): readonly (readonly [string, Packages])[] {
  const names = ["1", "2", "3", "4", "5", "6"];
  const version = fc.constantFrom("", " (>= 2)", " (<< 9)");
  const needs = fc.array(fc.tuple(fc.constantFrom(...names), version), { maxLength: 3 });
  const one = fc.array(fc.tuple(needs, fc.constantFrom("1", "2", "3~rc1")), { minLength: 6, maxLength: 6 });
  return fc.sample(one, { numRuns: 25, seed: 7 }).map((list, at) => {
    const name = (part: string) => `r${at}-${part}`;
    const packages = list.map(([clauses, own], number) => {
      const Depends = clauses.map(([part, range]) => `${name(part)}${range}`).join(", ");
      return [`${name(String(number + 1))}=${own}`, Depends === "" ? {} : { Depends }] as const;
    });
    return [name("1"), Object.fromEntries(packages)] as const;
  });
}

test("apt chooses the same packages, and trusts the repositories of these tests", {
  skip: missingApt(),
}, async () => {
  const cache = join(ROOT, "tare");
  const [key, server] = [await makeKey(), await serve()];
  const client = createHttpClient({}, MIRROR_HINTS);
  try {
    const cases = [...CASES, ...randomCases()];
    const main = Object.assign({}, ...cases.map(([, packages]) => packages)) as Packages;
    const release =
      "Suite: trixie\nComponents: main\nArchitectures: amd64\nDate: Thu, 15 Jan 2026 00:00:00 UTC\n";
    await publishSuite(server, {
      repository: "/debian",
      suite: "trixie",
      key,
      components: { main },
      release,
    });
    const keyFile = join(ROOT, "key.asc");
    writeFileSync(keyFile, key.publicKey);
    const apt = await privateApt(`deb [signed-by=${keyFile}] ${server.origin}/debian trixie main\n`);
    await apt(["update"]);
    const source = { id: "it", uri: `${server.origin}/debian`, suites: ["trixie"], components: ["main"] };
    const access = { client, cache, refresh: false, now: Date.UTC(2026, 0, 16) };
    const signal = new AbortController().signal;
    const releases = await findReleases([{ ...source, keyring: key.publicKey }], access, signal);
    const index = await openLists(packageLists(releases, "amd64"), access, signal);
    let compared = 0;
    for (const [wanted] of cases) {
      const ours = answer(() =>
        resolvePackages(index, { architecture: "amd64", packages: wanted.split(" "), dependencies: "follow" })
          .packages.map(({ name, version }) => `${name} ${version}`)
          .sort()
          .join(", "),
      );
      assert.equal(ours, await simulate(apt, wanted), wanted);
      if (ours !== undefined) compared++;
    }
    assert.ok(compared > 20, `only ${compared} could be installed at all`);
  } finally {
    await client[Symbol.asyncDispose]();
    await server.close();
    rmSync(ROOT, { recursive: true });
  }
});

function answer(run: () => string): string | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
