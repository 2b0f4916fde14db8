import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { compose, NONROOT, OTHER, RELEASES } from "./composed.ts";
import { exchange, runIn, serve } from "./containers.ts";
import { freePort } from "./free-port.ts";
import { buildImage, folder, rootTest } from "./harness.ts";
import { JAVA, JAVA_MODULES, NODE, PYTHON } from "./runtime-facts.ts";

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
