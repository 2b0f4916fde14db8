import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeKey } from "../src/debian/fixtures.ts";
import { APP, emptyStore, LIB, shop, tare } from "./shop.ts";

/** Nobody answers there, whatever is asked for. */
const NO_NETWORK = {
  HTTP_PROXY: "http://127.0.0.1:1",
  http_proxy: "http://127.0.0.1:1",
  NO_PROXY: "",
  no_proxy: "",
};

test("a locked build needs no network, gives one digest in every store, and keeps to its lock", async (t) => {
  await using it = await shop([APP, LIB]);
  const { stdout } = await it.run("base", "resolve", "ours.yaml");
  assert.match(stdout, /^ours:13 +linux\/amd64 +2 /m);
  await it.run("base", "build", "-q", "ours.yaml");
  await it.publish([{ ...APP, version: "2" }, LIB]);
  const pulled = await it.run("base", "build", "--pull", "ours.yaml");
  assert.match(pulled.stderr, /NOTICE: .*ours\.lock\.json decides on the packages: --pull changes nothing/);
  it.server.asked.length = 0;
  const build = async (name: string) => {
    const flags = ["--root", emptyStore(t, name), "--debian-mirror", "http://127.0.0.1:1/debian"];
    const built = await tare(["base", "build", "-q", ...flags, "ours.yaml"], {
      cwd: it.path,
      env: NO_NETWORK,
    });
    assert.equal(built.status, 0, built.stderr);
    return built.stdout;
  };
  assert.equal(await build("one"), await build("two"));
  assert.deepEqual(it.server.asked, []);
  const explained = await tare(["base", "why", "ours.yaml", "shared"], { cwd: it.path, env: NO_NETWORK });
  assert.match(
    explained.stdout,
    /^shared 1-1 is in ours:13 .*\n {2}app needs shared; ours\.yaml:\d+ names app\n$/,
  );
  assert.match(
    (await tare(["base", "why", "ours.yaml", "debconf"], { cwd: it.path, env: NO_NETWORK })).stdout,
    /app wants debconf \(>= 0\.5\), but .*\(rule "shellless /,
  );
});

test("a lock that the recipe has left behind is refused, and says how to go on", async () => {
  await using it = await shop([APP, LIB]);
  await it.run("base", "resolve", "ours.yaml");
  const recipe = readFileSync(join(it.path, "ours.yaml"), "utf8");
  writeFileSync(join(it.path, "ours.yaml"), `${recipe}user: "7"\n`);
  const built = await tare(["base", "build", "ours.yaml"], { cwd: it.path });
  assert.equal(built.status, 1);
  assert.match(
    built.stderr,
    /ERROR: .*ours\.lock\.json is stale: the recipe has changed .*\nhint: .*resolve/,
  );
  const debug = await tare(["base", "resolve", "ours.yaml:debug", "--platform", "linux/amd64"], {
    cwd: it.path,
  });
  assert.match(debug.stdout, /^ours:13-debug +linux\/amd64 +3 /m);
  const targets = JSON.parse(readFileSync(join(it.path, "ours.lock.json"), "utf8")).targets;
  assert.equal(targets.length, 1, "what was locked of the recipe as it was is gone");
});

test("an update shows versions, sizes and fixed CVEs, and writes them unless it is dry", async () => {
  await using it = await shop([APP, LIB]);
  await it.run("base", "resolve", "ours.yaml");
  const lock = () => readFileSync(join(it.path, "ours.lock.json"), "utf8");
  const before = lock();
  const text = (version: string, what: string) =>
    `shared (${version}) now; urgency=high\n\n  * ${what}\n\n -- A <a@b>  date\n\n`;
  const changelog = text("2-1", "Fix CVE-2026-1111.") + text("1-1", "Fix CVE-2020-2222.");
  await it.publish([
    { ...APP, depends: "shared, extra" },
    { ...LIB, version: "2-1", changelog },
    { name: "extra", version: "5" },
  ]);
  const dry = await it.run("base", "update", "--dry-run", "ours.yaml");
  assert.match(dry.stdout, /^shared +1-1 +2-1 +\S+ +CVE-2026-1111$/m);
  assert.match(dry.stdout, /^extra +- +5 /m);
  assert.match(dry.stdout, /^ours\.lock\.json is left as it was$/m);
  assert.equal(lock(), before);
  const json = JSON.parse((await it.run("base", "update", "-n", "--format", "json", "ours.yaml")).stdout);
  assert.deepEqual([json.outcome, json.targets.length], ["kept", 2]);
  assert.match((await it.run("base", "update", "ours.yaml")).stdout, /^wrote ours\.lock\.json$/m);
  assert.match(lock(), /"name":"shared","version":"2-1"/);
  assert.equal((await it.run("base", "update", "ours.yaml")).stdout, "ours.lock.json is unchanged\n");
});

test("when one recipe can not be resolved, no lock is written, and the line is named", async () => {
  await using it = await shop([APP, LIB]);
  const recipe = readFileSync(join(it.path, "ours.yaml"), "utf8");
  writeFileSync(join(it.path, "bad.yaml"), recipe.replace("  - app\n", "  - app\n  - lbi\n"));
  const only = ["--platform", "linux/amd64"];
  const missing = await tare(["base", "resolve", ...only, "ours.yaml", "bad.yaml"], { cwd: it.path });
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^bad\.yaml:6\n/m);
  assert.match(missing.stderr, />>> {3}- lbi\n +\^+\n/);
  assert.match(missing.stderr, /ERROR: no package satisfies lbi\nhint: /);
  const built = await tare(["base", "build", "bad.yaml"], { cwd: it.path });
  assert.match(built.stderr, /bad\.yaml:6\n/);
  await it.publish([APP, LIB], await makeKey());
  const forged = await tare(["base", "resolve", ...only, "ours.yaml"], { cwd: it.path });
  assert.match(forged.stderr, /ERROR: .*\/shop\/dists\/now\/InRelease/);
  assert.deepEqual(readdirSync(it.path).sort(), ["bad.yaml", "key.asc", "ours.yaml"]);
});
