import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { mapConcurrent } from "../src/base/index.ts";
import {
  buildExample,
  EXAMPLES,
  exitCode,
  imageNamed,
  type Server,
  serve,
  serveNginx,
  serveTiers,
} from "./examples-harness.ts";
import { filesOf, folder, ROOT, rootTest, run, TARE } from "./harness.ts";

/** One image of an example, and what shows that it works. */
interface Case {
  readonly name: string;
  readonly folder: string;
  /** Dockerfiles of small images by their ending, and how many times smaller than "before" each is at least. */
  readonly variants: Readonly<Record<string, number>>;
  check(image: string): Promise<void>;
}

const CASES: readonly Case[] = [
  {
    name: "calculator",
    folder: "calculator",
    variants: { "": 250, ".static": 80 },
    check: async (image) => {
      const input = "3 * 4\n1 / 0\n";
      const options = { input, encoding: "utf8", env: { ...process.env, TARE_ROOT: ROOT } } as const;
      const { stdout, stderr, status } = spawnSync(TARE, ["run", "-i", "--rm", image], options);
      assert.deepEqual([stdout, status], ["12\n", 1], stderr);
      assert.match(stderr, /line 2: division by zero/);
    },
  },
  {
    name: "web-app",
    folder: "web-app",
    variants: { "": 12 },
    check: async (image) => {
      await using server = await serveNginx(image, join(EXAMPLES, "web-app/nginx.conf"));
      assert.match(await get(server, "/"), /<script src="\/app.js">/);
      assert.match(await get(server, "/app.js"), /not a weight/);
      const style = await fetch(`${server.url}/style.css`);
      assert.equal(style.headers.get("content-type"), "text/css");
      assert.equal((await fetch(`${server.url}/nothing`)).status, 404);
    },
  },
  {
    name: "node-service",
    folder: "node-service",
    variants: { "": 3 },
    check: async (image) => {
      await using server = await serve(image, "/health");
      assert.equal(await post(server, "/render", "# Title"), "<h1>Title</h1>\n");
    },
  },
  {
    name: "python-service",
    folder: "python-service",
    variants: { "": 8 },
    check: async (image) => {
      await using server = await serve(image, "/health");
      const described = '{"count":3,"mean":3.0,"median":2,"deviation":2.160246899469287}';
      assert.equal(await post(server, "/describe", "[1, 2, 6]"), described);
      assert.match(await post(server, "/describe", "[1, "), /error/);
    },
  },
  {
    name: "java-service",
    folder: "java-service",
    variants: { "": 2, ".modules": 6, ".jlink": 8 },
    check: async (image) => {
      await using server = await serve(image, "/time");
      const time = '{"time":"2026-07-01T14:00+02:00"}';
      assert.equal(await get(server, "/time?zone=Europe/Berlin&at=2026-07-01T12:00:00Z"), time);
      assert.match(await get(server, "/time?zone=Nowhere"), /error/);
    },
  },
];

/**
 * What an ordinary user builds, too, besides the database, whose volume has owners: steps and containers are the same for
 * every example, and what is in an image does not depend on who builds it.
 */
const EVERYBODY: ReadonlySet<string> = new Set(["calculator"]);

/** Examples at once: mostly they wait for mirrors and registries. */
const AT_ONCE = 3;

function testCase({ name, variants, check, ...example }: Case): void {
  const own = EVERYBODY.has(name) ? test : rootTest;
  const at = join(EXAMPLES, example.folder);
  const small = Object.entries(variants).map(([ending, ratio]) => ({
    image: `${name}:${ending.slice(1) || "latest"}`,
    dockerfile: `Dockerfile${ending}`,
    ratio,
  }));

  for (const { image, dockerfile } of small)
    own(`${image} is built, works, and holds no shell, no package manager and no tools`, async () => {
      await buildSmall(image, at, dockerfile);
      await check(image);
    });

  rootTest(`${name} works before, too, and is smaller after`, async () => {
    await buildExample(`${name}:before`, { folder: at, dockerfile: "Dockerfile.before" });
    await check(`${name}:before`);
    for (const { image, ratio } of small) await assertSmaller(image, `${name}:before`, ratio);
  });
}

const TIERS = [
  { name: "three-tier-database", folder: "three-tier/database", ratio: 5 },
  { name: "three-tier-backend", folder: "three-tier/backend", ratio: 5 },
  { name: "three-tier-frontend", folder: "three-tier/frontend", ratio: 10 },
] as const;

// Several at once, each of them in its order, which a group would inherit otherwise.
describe("examples", { concurrency: AT_ONCE }, () => {
  for (const one of CASES) describe(one.name, { concurrency: 1 }, () => testCase(one));
  describe("three-tier", { concurrency: 1 }, testTiers);
});

function testTiers(): void {
  for (const tier of TIERS)
    (tier.name === "three-tier-database" ? test : rootTest)(
      `${tier.name} is built, and holds no shell, no package manager and no tools`,
      () => buildSmall(`${tier.name}:latest`, join(EXAMPLES, tier.folder), "Dockerfile"),
    );

  rootTest("the three tiers talk to one another, and the data survives their restart", () =>
    checkTiers("latest"),
  );

  rootTest("the three tiers work before, too, and are smaller after", async () => {
    for (const { name, ...tier } of TIERS) {
      const at = { folder: join(EXAMPLES, tier.folder), dockerfile: "Dockerfile.before" };
      await buildExample(`${name}:before`, at);
      await assertSmaller(`${name}:latest`, `${name}:before`, tier.ratio);
    }
    await checkTiers("before");
  });

  test("the database says what is missing, and leaves data alone that it did not make", async () => {
    const start = (data: string, ...flags: readonly string[]) =>
      run(TARE, ["run", "-u", "root", "-v", `${data}:/var/lib/mysql`, ...flags, "three-tier-database"], {
        env: { ...process.env, TARE_ROOT: ROOT },
      });
    using empty = folder({});
    await assert.rejects(start(empty.path), /give the password of its account in MARIADB_PASSWORD/);
    using other = folder({ "letter.txt": "mine" });
    await assert.rejects(start(other.path, "-e", "MARIADB_PASSWORD=x"), /neither empty nor complete/);
    assert.equal(readFileSync(join(other.path, "letter.txt"), "utf8"), "mine");
  });
}

rootTest(
  "the web app is built only when its tests pass, and a test stage that nothing needs is named",
  async () => {
    const copy = mkdtempSync(join(tmpdir(), "tare-web-app-"));
    try {
      cpSync(join(EXAMPLES, "web-app"), copy, { recursive: true });
      const file = join(copy, "Dockerfile");
      const skipping = readFileSync(file, "utf8").replace("--from=test", "--from=build");
      writeFileSync(join(copy, "Dockerfile.skipping"), skipping);
      const source = join(copy, "src/weigh.js");
      writeFileSync(source, readFileSync(source, "utf8").replace("Number(gross) -", "Number(gross) +"));
      await assert.rejects(buildExample("web-app:broken", { folder: copy }), /not ok 1/);
      const told = await buildExample("web-app:untested", {
        folder: copy,
        dockerfile: "Dockerfile.skipping",
      });
      assert.match(told, /stage test is not built, because nothing in the target needs it/);
    } finally {
      rmSync(copy, { recursive: true });
    }
  },
);

rootTest("what the check for shells and tools looks for is found where it is", async () => {
  const tools = await forbiddenIn(
    "python-service:before",
    join(EXAMPLES, "python-service"),
    "Dockerfile.before",
  );
  for (const tool of ["sh", "bash", "dpkg", "apt-get", "pip3", "find", "ls"])
    assert.ok(
      tools.some((path) => basename(path) === tool),
      `${tool} among ${tools.join(" ")}`,
    );
  assert.equal(await exitCode("python-service:before", "/bin/sh", "-c", "ls / >/dev/null"), 0);
});

/** Builds an image, searches its tree for what it must not hold, and tries to run that. */
async function buildSmall(image: string, at: string, dockerfile: string): Promise<void> {
  assert.deepEqual(await forbiddenIn(image, at, dockerfile), [], `${image} holds`);
  const programs = ["sh", "apt-get", "find", "ls", "wget"];
  const codes = await mapConcurrent(programs, 2, (program) => exitCode(image, program));
  assert.deepEqual(
    codes,
    programs.map(() => 127),
    `${programs.join(", ")} in ${image}`,
  );
}

const FORBIDDEN = new RegExp(
  `^(?:${[
    "sh|r?bash|dash|ash|zsh.*|ksh.*|mksh|t?csh|fish|busybox.*|toybox|perl[\\d.]*",
    "apt|apt-.*|aptitude|dpkg|dpkg-.*|apk|rpm|yum|dnf|microdnf|zypper|pacman|snap",
    "pip[\\d.]*|npm|npx|yarn|pnpm|corepack|gem|mvn",
    "find|ls|wget|curl|nc",
  ].join("|")})$`,
);

/** Builds an image and finds the programs, and links to programs, that an image without a shell must not hold. */
async function forbiddenIn(image: string, at: string, dockerfile: string): Promise<readonly string[]> {
  await buildExample(image, { folder: at, dockerfile });
  const entries = await filesOf((await imageNamed(image)).id);
  assert.ok(entries.length > 0);
  return entries
    .filter(({ kind, mode }) => kind === "symlink" || (kind !== "dir" && (mode & 0o111) !== 0))
    .filter(({ path, link = "" }) => [path, link].some((name) => FORBIDDEN.test(basename(name))))
    .map(({ path }) => path);
}

async function assertSmaller(small: string, large: string, ratio: number): Promise<void> {
  const [after, before] = await Promise.all([imageNamed(small), imageNamed(large)]);
  assert.ok(after.size * ratio < before.size, `${small} has ${after.size} bytes, ${large} ${before.size}`);
}

/** Writes a note by one run of the tiers and reads it by the next. */
async function checkTiers(tag: string): Promise<void> {
  using parent = folder({ "data/.keep": "" });
  const data = join(parent.path, "data");
  rmSync(join(data, ".keep"));
  await withTiers(data, tag, async (server) => {
    assert.match(await get(server, "/"), /<div id="notes">/);
    assert.equal(await get(server, "/api/notes"), "[]");
    const headers = { "Content-Type": "application/json" };
    const write = (text: string) =>
      fetch(`${server.url}/api/notes`, { method: "POST", headers, body: JSON.stringify({ text }) });
    assert.equal((await write("Ship the cargo, not the “container” ⚓")).status, 201);
    assert.equal((await write(" ")).status, 400);
  });
  await withTiers(data, tag, async (server) => {
    const [note, ...others] = JSON.parse(await get(server, "/api/notes"));
    assert.equal(note.text, "Ship the cargo, not the “container” ⚓");
    assert.deepEqual(others, []);
    const { status } = await fetch(`${server.url}/api/notes/${note.id}`, { method: "DELETE" });
    assert.equal(status, 204);
    assert.equal(await get(server, "/api/notes"), "[]");
  });
}

async function withTiers(data: string, tag: string, use: (server: Server) => Promise<void>): Promise<void> {
  await using server = await serveTiers(data, tag);
  await use(server);
}

async function get({ url }: Server, path: string): Promise<string> {
  return (await fetch(url + path)).text();
}

async function post({ url }: Server, path: string, body: string): Promise<string> {
  return (await fetch(url + path, { method: "POST", body })).text();
}
