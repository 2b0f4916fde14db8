import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { mapConcurrent } from "../src/base/index.ts";
import { isPackageFile, readPackages } from "../src/sbom/index.ts";
import { exchange, runIn, serve } from "./containers.ts";
import { freePort } from "./free-port.ts";
import { BASE, buildImage, configOf, filesOf, folder, isRoot, rootTest, run } from "./harness.ts";
import { JAVA, JAVA_MODULES, NODE, PYTHON } from "./runtime-facts.ts";

const NAMES = [
  ...["static", "base-nossl", "base", "cc", "python", "node", "node-debian"],
  ...["java-base", "java", "nginx", "mariadb", "redis"],
];
/** Of what is composed without being run a part will do, as root; all of it takes minutes: TARE_TEST_ALL=1. */
const SMALL = ["static", "base-nossl", "base", "cc", "python", "java-base", "nginx", "mariadb", "redis"];
const ALL = process.env.TARE_TEST_ALL === "1";
const STATICALLY = ALL
  ? NAMES.flatMap((name) => [`${name}:12`, `${name}:13`])
  : [...SMALL, ...["node", "node-debian", "java"].map((name) => `${name}:12`)];
/**
 * Composing enters no namespace, so it can not differ between users: root composes everything. What differs is the
 * namespace that a container runs in, whatever the release and the runtime: an ordinary user runs one interpreter, and
 * the servers with accounts and folders of their own, of one release.
 */
const RELEASES = isRoot || ALL ? [12, 13] : [13];
const DEBUGGED = ALL
  ? NAMES.flatMap((name) => [`${name}:12-debug`, `${name}:13-debug`])
  : ["static:12-debug", "python:13-debug", "mariadb:13-debug"];
const OTHER = arch() === "arm64" ? "amd64" : "arm64";

/** What has no place in a base image, wherever it is. */
const TOOLS =
  /(?:^|\/)(?:(?:ba|da|a|k|z)?sh|busybox|apt(?:-get)?|dpkg(?:-.*)?|apk|pip3?|npm|find|ls|cat|wget|curl|perl|env)$/;

/** Composes `FROM tare/NAME` with what is written below it; gives a name to run it by. */
async function compose(
  name: string,
  { steps = "", files = {}, platform }: Composition = {},
): Promise<{ readonly image: string; readonly id: string }> {
  const image = `recipe-test-${name.replace(":", "-")}${platform ? `-${platform}` : ""}`;
  using context = folder({ ...files, Dockerfile: `FROM tare/${name}\n${steps}` });
  const { result } = await buildImage({
    context: context.path,
    tags: [image],
    ...(platform && { platform: `linux/${platform}` }),
  });
  return { image, id: result.imageId as string };
}

interface Composition {
  readonly steps?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly platform?: string;
}

const NONROOT = ["-u", "65532"];

rootTest("every recipe is complete, without shell, package manager and tools", async () => {
  const every = NAMES.flatMap((name) => RELEASES.map((release) => `${name}:${release}`));
  await mapConcurrent(every, 2, async (name) => {
    const { id } = await compose(name);
    const entries = await filesOf(id);
    assert.deepEqual(tools(entries), [], name);
    for (const path of ["usr/lib/os-release", "etc/passwd", "etc/group", "home/nonroot", "tmp"])
      assert.ok(
        entries.some((entry) => entry.path === path),
        `${name} has ${path}`,
      );
  });
});

rootTest("every recipe is complete for the other architecture, too", async () => {
  await mapConcurrent(STATICALLY, 2, async (name) => {
    const { id } = await compose(name, { platform: OTHER });
    assert.equal((await configOf(id)).architecture, OTHER);
    assert.deepEqual(tools(await filesOf(id)), [], name);
  });
});

rootTest("a variant debug has a shell and tools out of the way, and starts the shell", async () => {
  await mapConcurrent(DEBUGGED, 2, async (name) => {
    const { image, id } = await compose(name);
    const found = tools(await filesOf(id)).filter((path) => !path.startsWith("busybox/"));
    assert.deepEqual(found, ["usr/bin/busybox"], name);
    const script = ["-c", "ls /etc/passwd && id -u && cat /etc/os-release | grep ^ID="];
    const { code, stdout } = await runIn(image, script, { flags: NONROOT });
    assert.deepEqual([code, stdout], [0, "/etc/passwd\n65532\nID=debian\n"], name);
  });
});

rootTest(
  "layers may be one, one for each source package or one for each package, of the same files",
  async () => {
    using context = folder({ Dockerfile: "FROM tare/cc:12\n" });
    const trees: string[] = [];
    const counts: number[] = [];
    for (const baseLayers of ["single", "origin", "package"] as const) {
      const { result } = await buildImage({ context: context.path, baseLayers });
      const id = result.imageId as string;
      const { history = [], rootfs } = await configOf(id);
      assert.equal(history.length, rootfs.diff_ids.length);
      counts.push(history.length);
      trees.push(JSON.stringify((await filesOf(id)).map(({ offset: _offset, ...facts }) => facts)));
    }
    assert.equal(counts[0], 1);
    assert.ok((counts[1] as number) > 5 && (counts[2] as number) > (counts[1] as number), counts.join(" "));
    assert.equal(new Set(trees).size, 1);
  },
);

function tools(entries: Awaited<ReturnType<typeof filesOf>>): readonly string[] {
  return entries
    .filter(({ path, kind }) => kind !== "dir" && TOOLS.test(path) && !path.startsWith("usr/share/doc/"))
    .map(({ path }) => path);
}

rootTest(
  "the packages that scanners find are those that were composed, and their checksums are true",
  async () => {
    for (const name of ["python:12", "nginx:13"]) {
      using out = folder({ Dockerfile: `FROM tare/${name}\n` });
      const tar = join(out.path, "image.tar");
      const outputs = [{ type: "tar" as const, dest: tar }];
      const { result } = await buildImage({ context: out.path, outputs, tags: ["recipe-test-files"] });
      await run("tar", ["-x", "--no-same-owner", "--delay-directory-restore", "-f", tar, "-C", out.path]);
      const entries = await filesOf(result.imageId as string);
      const wanted = entries.filter(({ path, kind }) => kind === "file" && isPackageFile(path));
      const files = new Map(wanted.map(({ path }) => [path, readFileSync(join(out.path, path))]));
      const { packages, distribution } = readPackages(files);
      assert.equal(distribution?.id, "debian");
      const debian = packages.filter(({ type }) => type === "deb");
      const { history = [] } = await configOf(result.imageId as string);
      const composed = history.flatMap(({ comment = "" }) =>
        / \d/.test(comment) ? comment.split(", ") : [],
      );
      assert.ok(composed.length > 10);
      assert.deepEqual(debian.map((one) => `${one.name} ${one.version}`).sort(), composed.sort());
      for (const { name: owner } of debian) checkSums(out.path, owner);
      for (const owner of ["tzdata", "libc6"]) assert.ok(checkSums(out.path, owner) > 10, owner);
    }
  },
);

/** Checks the files that a package's record lists, and tells how many. */
function checkSums(root: string, owner: string): number {
  const file = join(root, "var/lib/dpkg/status.d", `${owner}.md5sums`);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  for (const line of lines) {
    const [, sum, path = ""] = /^([0-9a-f]{32}) {2}(.+)$/.exec(line) ?? [];
    const found = createHash("md5")
      .update(readFileSync(join(root, path)))
      .digest("hex");
    assert.equal(found, sum, `${owner}: ${path}`);
  }
  return lines.length;
}

test("Python has TLS, data bases, compression, a locale, time zones, threads of its own", async () => {
  for (const release of RELEASES) {
    const { image } = await compose(`python:${release}`);
    const { code, stdout, stderr } = await runIn(image, ["-c", PYTHON], { flags: NONROOT });
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      authorities: [true, true],
      sqlite: 42,
      ctypes: 5,
      lzma: true,
      bz2: true,
      locale: ["C.UTF-8", "c3a9"],
      zone: 7200,
      asyncio: "later",
      uuid: 1,
      user: 65532,
    });
  }
});

rootTest(
  "Node has root certificates, languages and threads, by the official binary and by Debian's",
  async () => {
    for (const name of RELEASES.flatMap((release) => [`node:${release}`, `node-debian:${release}`])) {
      const { image } = await compose(name);
      const { code, stdout, stderr } = await runIn(image, ["-e", NODE], { flags: NONROOT });
      assert.equal(code, 0, stderr);
      const found = { roots: true, month: "Januar", hash: "e3b0", answer: 42, user: 65532 };
      assert.deepEqual(JSON.parse(stdout), found, name);
    }
  },
);

rootTest("Java writes UTF-8, trusts authorities without being told where they are, and draws", async () => {
  for (const release of RELEASES) {
    const files = { "Facts.java": JAVA };
    const { image } = await compose(`java:${release}`, { steps: "COPY Facts.java /app/\n", files });
    // The entrypoint is java -jar.
    const flags = [...NONROOT, "-e", "SSL_CERT_FILE=", "--entrypoint", "/usr/bin/java"];
    const { code, stdout, stderr } = await runIn(image, ["/app/Facts.java"], { flags });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "UTF-8 UTF-8 true Default true +01:00");
  }
});

rootTest("Java cut to modules has those and what they require, and trusts the same authorities", async () => {
  using files = folder({
    Dockerfile: "FROM java\nCOPY Modules.java /app/\n",
    "Modules.java": JAVA_MODULES,
    "java.yaml": "extends: java\njava-modules: [jdk.compiler, jdk.crypto.ec]\n",
  });
  for (const release of RELEASES) {
    const recipe = `recipe://${join(files.path, "java.yaml")}:${release}`;
    const request = { context: files.path, buildContexts: { java: recipe } };
    await buildImage({ ...request, tags: ["recipe-test-modules"] });
    const flags = [...NONROOT, "--entrypoint", "/usr/bin/java"];
    const { stdout, stderr } = await runIn("recipe-test-modules", ["/app/Modules.java"], { flags });
    const told = /^java\.base java\.compiler jdk\.compiler jdk\.crypto\.ec( jdk\.\S+)*\ntrue true none$/;
    assert.match(stdout, told, stderr);
    if (release === 12) await buildImage({ ...request, platform: `linux/${OTHER}` });
  }
});

test("nginx serves a file, as root and as somebody else", async () => {
  for (const release of RELEASES)
    for (const flags of [[], NONROOT]) {
      const port = await freePort();
      const site = `server { listen 127.0.0.1:${port}; root /var/www/html; }\n`;
      const steps = "COPY site /etc/nginx/sites-available/default\nCOPY page.txt /var/www/html/\n";
      const { image } = await compose(`nginx:${release}`, { steps, files: { site, "page.txt": "a page\n" } });
      await using server = await serve(image, [], { port, flags });
      const answer = await exchange(port, "GET /page.txt HTTP/1.0\r\n\r\n");
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\na page\n$/);
      await server.says("stdout", /"GET \/page.txt HTTP\/1.0" 200/);
    }
});

test("Redis answers", async () => {
  for (const release of RELEASES)
    for (const flags of [[], NONROOT]) {
      const { image } = await compose(`redis:${release}`);
      const port = await freePort();
      const args = ["--port", `${port}`, "--bind", "127.0.0.1"];
      await using _server = await serve(image, args, { port, flags });
      const commands = "PING\r\nSET a b\r\nGET a\r\nSAVE\r\nQUIT\r\n";
      assert.equal(await exchange(port, commands), "+PONG\r\n+OK\r\n$1\r\nb\r\n+OK\r\n+OK\r\n");
    }
});

const ACCOUNT = `CREATE DATABASE IF NOT EXISTS app;
CREATE TABLE IF NOT EXISTS app.starts (n INT AUTO_INCREMENT PRIMARY KEY);
INSERT INTO app.starts VALUES (NULL);
CREATE USER IF NOT EXISTS app@'%' IDENTIFIED BY 'secret';
GRANT SELECT ON app.* TO app@'%';
`;

test("MariaDB makes its data directory without a shell, keeps it, and answers those who know the password", async () => {
  for (const release of RELEASES) {
    using client = folder({
      Dockerfile: "FROM client\n",
      "client.yaml": `extends: cc\ndebian: [${release}]\npackages: [mariadb-client-core]\n`,
    });
    const buildContexts = { client: `recipe://${join(client.path, "client.yaml")}` };
    await buildImage({ context: client.path, buildContexts, tags: ["recipe-test-client"] });
    const port = await freePort();
    const query = (password: string, sql: string) => {
      const args = ["-h127.0.0.1", `-P${port}`, "-uapp", `-p${password}`, "--skip-ssl", "-N", "-e", sql];
      return runIn("recipe-test-client", args, { flags: ["--entrypoint", "/usr/bin/mariadb"] });
    };
    const steps = "COPY --chmod=644 account.sql /etc/mysql/\n";
    const { image } = await compose(`mariadb:${release}`, { steps, files: { "account.sql": ACCOUNT } });
    const args = [`--port=${port}`, "--bind-address=127.0.0.1", "--init-file=/etc/mysql/account.sql"];
    using data = folder({});
    const kept = ["-u", "root", "-v", `${data.path}:/var/lib/mysql`];
    const starts = [
      { flags: [] },
      { flags: NONROOT },
      { flags: kept, more: ["--user=root"] },
      { flags: kept, more: ["--user=root"], earlier: 1 },
    ];
    // How it starts is the recipe's own, which has one for both releases.
    for (const { flags, more = [], earlier = 0 } of release === 13 ? starts : starts.slice(0, 1)) {
      await using _server = await serve(image, [...args, ...more], { port, flags });
      const { stdout, stderr } = await query("secret", "SELECT COUNT(*), @@version_comment FROM app.starts");
      assert.match(stdout, new RegExp(`^${earlier + 1}\t`), stderr);
      assert.equal((await query("wrong", "SELECT 1")).code, 1);
    }
  }
});

test("a data directory that was begun and not finished is refused", async () => {
  const { image } = await compose("mariadb:13");
  using data = folder({ "mysql/db.opt": "", "unfinished/db.opt": "" });
  const flags = ["-u", "root", "-v", `${data.path}:/var/lib/mysql`];
  const { code, stderr } = await runIn(image, ["--user=root"], { flags });
  assert.notEqual(code, 0);
  assert.match(stderr, /Can't create database 'unfinished'; database exists/);
});

test("tools that are not there can not be run", async () => {
  const { image } = await compose("cc:13");
  for (const program of ["sh", "/usr/bin/env", "ls", "apt-get"])
    assert.equal((await runIn(image, [], { flags: ["--entrypoint", program] })).code, 127, program);
});

test("a program that needs only the C library runs on base-nossl", async () => {
  const steps = `COPY --from=${BASE} /usr/bin/env /env\nENTRYPOINT ["/env"]\n`;
  const { image } = await compose("base-nossl:13", { steps });
  const { code, stdout } = await runIn(image, [], { flags: NONROOT });
  assert.equal(code, 0);
  assert.match(stdout, /^SSL_CERT_FILE=\/etc\/ssl\/certs\/ca-certificates.crt$/m);
});
