import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { configOf, folder, ROOT, TARE } from "./harness.ts";
import { APP, emptyStore, LIB, type Outcome, shop, tare } from "./shop.ts";

test("a newcomer writes a recipe, locks it, builds it and asks about it", async () => {
  using files = folder({});
  const at = { cwd: files.path };
  assert.equal(
    (await tare(["base", "init", "--extends", "static", "ours.yaml"], at)).stdout,
    "wrote ours.yaml and recipe.schema.json\n",
  );
  const again = await tare(["base", "init", "ours.yaml"], at);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /ours\.yaml is there already, and is not overwritten\nhint: /);
  const built = await tare(["base", "build", "-t", "base-newcomer", "ours.yaml"], at);
  assert.match(built.stderr, /naming to docker\.io\/library\/base-newcomer/);
  const resolved = await tare(["base", "resolve", "--release", "13", "ours.yaml"], at);
  assert.match(resolved.stdout, /^ours:13 +linux\/amd64 +5 +\S+B +\S+B$/m);
  assert.match(resolved.stdout, /^ours:13 +linux\/arm64 +5 /m);
  assert.match(resolved.stdout, /^wrote ours\.lock\.json$/m);
  const before = statSync(join(files.path, "ours.lock.json")).mtimeMs;
  assert.match((await tare(["base", "resolve", "--release", "13", "ours.yaml"], at)).stdout, /is unchanged/);
  assert.equal(statSync(join(files.path, "ours.lock.json")).mtimeMs, before);
  const why = await tare(["base", "why", "ours.yaml", "debconf"], at);
  assert.match(why.stdout, /^ {2}tzdata wants debconf .* \(rule "without debconf" in the recipe static\)$/m);
  const unknown = await tare(["base", "why", "ours.yaml", "certificates"], at);
  assert.match(unknown.stdout, /^nothing in .* wants certificates; did you mean ca-certificates\?\n$/);
  assert.equal(unknown.status, 1);
});

test("the image's config is the recipe's own, and its history says what it was composed of", async () => {
  const built = await tare(["base", "build", "-q", "base-nossl:12-debug"], { cwd: "/" });
  assert.equal(built.status, 0, built.stderr);
  const config = await configOf(built.stdout.trim());
  assert.deepEqual(config.config?.Entrypoint, ["/busybox/sh"]);
  assert.equal(config.history?.[0]?.created_by, "tare compose base-nossl:12-debug");
  const shown = await tare(["base", "show", "--format", "json", "tare/base-nossl:12-debug"], { cwd: "/" });
  assert.equal(JSON.parse(shown.stdout).debug, true);
});

test("a recipe that was shown is a recipe: it gives the same files", async (t) => {
  using files = folder({});
  const shown = await tare(["base", "show", "static:13"], { cwd: files.path });
  writeFileSync(join(files.path, "static.yaml"), shown.stdout);
  const env = { TARE_ROOT: emptyStore(t, "shown") };
  const build = async (reference: string) =>
    configOf(
      (await tare(["base", "build", "-q", reference], { cwd: files.path, env })).stdout.trim(),
      env.TARE_ROOT,
    );
  const [own, shipped] = [await build("static.yaml"), await build("static:13")];
  assert.ok(own.rootfs.diff_ids.length > 3);
  assert.deepEqual(own.rootfs, shipped.rootfs);
  assert.deepEqual(own.config, shipped.config);
});

test("--no-cache composes again and comes to the same; without it nothing is done twice", async () => {
  await using it = await shop([APP, LIB]);
  const first = await it.run("base", "build", "ours.yaml");
  const cached = await it.run("base", "build", "ours.yaml");
  const again = await it.run("base", "build", "--no-cache", "ours.yaml");
  const id = ({ stderr }: Outcome) => /writing image (\S+)/.exec(stderr)?.[1];
  assert.match(first.stderr, /^#1 DONE/m);
  assert.match(cached.stderr, /^#1 CACHED/m);
  assert.match(again.stderr, /^#1 MISS: it was asked for anew .*\n#1 DONE/m);
  assert.equal(new Set([first, cached, again].map(id)).size, 1);
  await it.publish([{ ...APP, version: "2" }, LIB]);
  assert.equal(id(await it.run("base", "build", "--no-cache", "ours.yaml")), id(first), "it asked nobody");
  assert.notEqual(id(await it.run("base", "build", "--pull", "ours.yaml")), id(first));
});

test("a recipe that has not changed is not parsed again", async () => {
  await using it = await shop([APP, LIB]);
  const parsed = async () => {
    using coverage = folder({});
    const env = { NODE_V8_COVERAGE: coverage.path };
    const { status, stderr } = await tare(["base", "build", "-q", "ours.yaml"], { cwd: it.path, env });
    assert.equal(status, 0, stderr);
    return callsOf("parseYaml", coverage.path);
  };
  assert.ok((await parsed()) > 0);
  assert.equal(await parsed(), 0);
});

/** How often a function of the command was called, by what V8 wrote of it. */
function callsOf(name: string, folder: string): number {
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  const scripts = texts.flatMap((text) => (JSON.parse(text) as Coverage).result);
  const command = scripts.filter(({ url }) => url.endsWith("/cli.cjs"));
  assert.equal(command.length, 1);
  const functions = command.flatMap((script) => script.functions);
  return functions.find(({ functionName }) => functionName === name)?.ranges[0]?.count ?? 0;
}

/** Of Node's files in NODE_V8_COVERAGE. */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
}

test("^C ends resolving at once, and leaves nothing", { timeout: 30_000 }, async () => {
  await using it = await shop([APP, LIB]);
  it.server.misbehave = (path) => path.endsWith("/InRelease");
  const child = spawn(TARE, ["base", "resolve", "ours.yaml"], {
    cwd: it.path,
    env: { ...process.env, TARE_ROOT: ROOT },
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  while (!it.server.asked.some((path) => path.endsWith("/InRelease"))) await promisify(setTimeout)(20);
  child.kill("SIGINT");
  assert.equal(await ended, 130);
  assert.ok(!existsSync(join(it.path, "ours.lock.json")));
});

test("a recipe that ships is locked to a file that is named, and never over another file", async () => {
  using files = folder({ "other.json": "{}" });
  const at = { cwd: files.path };
  const resolve = (...args: readonly string[]) =>
    tare(["base", "resolve", "--release", "13", "--platform", "linux/amd64", ...args], at);
  assert.match(
    (await resolve("static")).stderr,
    /its lock has no place yet\nhint: write -o static\.lock\.json/,
  );
  assert.match((await resolve("-o", "other.json", "static")).stderr, /is there, and is no lock/);
  assert.match(
    (await resolve("-v", "-o", "s.json", "static")).stdout,
    /^static:13 .* debconf +tzdata +without/m,
  );
  const lock = JSON.parse(readFileSync(join(files.path, "s.json"), "utf8"));
  const suites = lock.targets[0].releases.map(({ suite }: { suite: string }) => suite);
  assert.deepEqual(suites, ["trixie", "trixie-updates", "trixie-security"]);
  assert.ok(lock.targets[0].releases.every(({ signedBy }: { signedBy: string[] }) => signedBy.length > 0));
});

test("the verbs are listed, help is found from both ends, and what is mistyped is suggested", () => {
  const say = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(TARE, args, { encoding: "utf8" });
    return { status, stdout, stderr };
  };
  assert.match(say("base").stdout, /^ {2}resolve {2}Find the exact packages/m);
  assert.equal(say("base").stdout, say("base", "--help").stdout);
  assert.equal(say("base").stdout, say("help", "base").stdout);
  assert.equal(say("help", "base", "resolve").stdout, say("base", "resolve", "--help").stdout);
  assert.match(
    say("base", "reslove", "x").stderr,
    /unknown verb: tare base reslove\nhint: did you mean tare base resolve\?/,
  );
  assert.equal(
    say("base", "list", "--format", "{{.Name}}").stdout,
    say("base", "ls", "--format", "{{.Name}}").stdout,
  );
  assert.match(
    say("base", "ls").stdout,
    /^NAME +RELEASES +PLATFORMS +DESCRIPTION\n.*\bstatic +13, 12 +linux\/amd64, /m,
  );
  assert.match(say("base", "build").stderr, /requires exactly 1 argument, but got 0/);
});
