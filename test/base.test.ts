import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import {
  makeKey,
  publishSuite,
  type SuiteContent,
  serve,
  type TestKey,
  type TestServer,
  tarFile,
} from "../src/debian/fixtures.ts";
import { configOf, folder, ROOT, TARE } from "./harness.ts";

/** Nobody answers there, whatever is asked for. */
const NO_NETWORK = {
  HTTP_PROXY: "http://127.0.0.1:1",
  http_proxy: "http://127.0.0.1:1",
  NO_PROXY: "",
  no_proxy: "",
};

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command beside the test's own server. */
function tare(
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Outcome> {
  const child = spawn(TARE, args, { cwd, env: { ...process.env, TARE_ROOT: ROOT, ...env } });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (data) => (text[name] += data));
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, ...text })));
}

interface TestPackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly changelog?: string;
}

function contentOf(packages: readonly TestPackage[]): Pick<SuiteContent, "components" | "members"> {
  const key = ({ name, version }: TestPackage) => `${name}=${version}`;
  const fields = ({ depends }: TestPackage) => ({
    Architecture: "all",
    ...(depends !== undefined && { Depends: depends }),
  });
  const members = packages.filter(({ changelog }) => changelog !== undefined);
  return {
    components: { main: Object.fromEntries(packages.map((one) => [key(one), fields(one)])) },
    members: Object.fromEntries(members.map((one) => [key(one), [changelogOf(one)]])),
  };
}

function changelogOf({ name, changelog = "" }: TestPackage): Uint8Array {
  return tarFile(`./usr/share/doc/${name}/changelog.Debian.gz`, gzipSync(changelog));
}

/** A repository of one's own, and a recipe that takes what it has. */
interface Shop extends AsyncDisposable {
  readonly path: string;
  readonly server: TestServer;
  readonly key: TestKey;
  publish(packages: readonly TestPackage[], key?: TestKey): Promise<void>;
  /** Runs in the folder of the recipe; succeeds. */
  run(...args: readonly string[]): Promise<Outcome>;
}

async function shop(packages: readonly TestPackage[], recipe = "packages:\n  - app\n"): Promise<Shop> {
  const server = await serve();
  const key = await makeKey();
  const source = `sources:\n  - { uri: "${server.origin}/shop", suites: [now], keyring: key.asc }\n`;
  const files = folder({ "key.asc": key.publicKey, "ours.yaml": `debian: [13]\n${source}${recipe}` });
  const { path } = files;
  const architectures = ["amd64", "arm64"];
  const opened: Shop = {
    path,
    server,
    key,
    publish: (newer, by = key) =>
      publishSuite(server, {
        repository: "/shop",
        suite: "now",
        key: by,
        architectures,
        ...contentOf(newer),
      }),
    async run(...args) {
      const outcome = await tare(args, { cwd: path });
      assert.equal(outcome.status, 0, outcome.stderr);
      return outcome;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      files[Symbol.dispose]();
    },
  };
  await opened.publish(packages);
  return opened;
}

const APP = { name: "app", version: "1", depends: "shared, debconf (>= 0.5)" };
const LIB = { name: "shared", version: "1-1" };

/** A store that has the packages of the shared one, and nothing else. */
function emptyStore(t: TestContext, name: string): string {
  const root = `${ROOT}-base-${process.pid}-${name}`;
  mkdirSync(root, { recursive: true });
  symlinkSync(join(ROOT, "packages"), join(root, "packages"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

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
