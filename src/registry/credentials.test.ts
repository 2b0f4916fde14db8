import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findCredentials } from "./credentials.ts";
import { removeLogin, saveLogin } from "./login-file.ts";

const never = new AbortController().signal;
const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });
const password = (username: string, word: string) => ({ type: "password", username, password: word });

/** A home with files; `docker-credential-keep` keeps what it gets in a file of it. */
function home(files: Readonly<Record<string, unknown>>) {
  const path = mkdtempSync(join(tmpdir(), "tare-login-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  const helper = join(path, "docker-credential-keep");
  writeFileSync(
    helper,
    `#!/bin/sh
read -r line || true
case $1 in
get) case $line in
  known*) echo '{"ServerURL":"x","Username":"me","Secret":"s"}';;
  token*) echo '{"Username":"<token>","Secret":"refresh"}';;
  *) echo 'credentials not found in native keychain'; exit 1;;
esac;;
*) echo "$1 $line" >> ${path}/kept;;
esac
`,
  );
  chmodSync(helper, 0o755);
  const environment = { HOME: path, PATH: `${path}:${process.env.PATH}` };
  return { path, environment, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("credentials are found in docker's and podman's files by host, address and part of a registry", async () => {
  using place = home({
    ".docker/config.json": {
      auths: {
        "https://index.docker.io/v1/": auth("hub:1"),
        "plain.test:5000": auth("a:b:c"),
        "https://old.test/v1/": auth("old:2"),
        "id.test": { identitytoken: "t" },
        "raw.test": { registrytoken: "r" },
        "words.test": { username: "u", password: "p" },
        "empty.test": {},
      },
    },
    ".config/containers/auth.json": {
      auths: { "part.test": auth("all:1"), "part.test/team": auth("team:1") },
    },
  });
  const find = (host: string, repository?: string) =>
    findCredentials({ host, environment: place.environment, ...(repository && { repository }) }, never);
  assert.deepEqual(await find("docker.io"), password("hub", "1"));
  assert.deepEqual(await find("plain.test:5000"), password("a", "b:c"));
  assert.deepEqual(await find("old.test"), password("old", "2"));
  assert.deepEqual(await find("id.test"), { type: "identity", token: "t" });
  assert.deepEqual(await find("raw.test"), { type: "bearer", token: "r" });
  assert.deepEqual(await find("words.test"), password("u", "p"));
  assert.deepEqual(await find("part.test", "team/app"), password("team", "1"));
  assert.deepEqual(await find("part.test", "teams/app"), password("all", "1"));
  for (const host of ["empty.test", "other.test", "team", "__proto__", "constructor"])
    assert.equal(await find(host), undefined, host);
});

test("DOCKER_AUTH_CONFIG comes first, DOCKER_CONFIG names the folder", async () => {
  using place = home({
    "cfg/config.json": { auths: { "a.test": auth("file:1"), "b.test": auth("file:2") } },
  });
  const environment = {
    ...place.environment,
    DOCKER_CONFIG: join(place.path, "cfg"),
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { "a.test": auth("env:1") } }),
  };
  assert.deepEqual(await findCredentials({ host: "a.test", environment }, never), password("env", "1"));
  assert.deepEqual(await findCredentials({ host: "b.test", environment }, never), password("file", "2"));
});

test("helpers are asked: one for a registry, one for all; what they do not know may be in the file", async () => {
  using place = home({
    ".docker/config.json": {
      credsStore: "keep",
      credHelpers: { "token.test": "keep" },
      auths: { "file.test": auth("f:1") },
    },
  });
  const find = (host: string) => findCredentials({ host, environment: place.environment }, never);
  assert.deepEqual(await find("known.test"), password("me", "s"));
  assert.deepEqual(await find("token.test"), { type: "identity", token: "refresh" });
  assert.deepEqual(await find("file.test"), password("f", "1"));
  assert.equal(await find("nobody.test"), undefined);
});

test("a helper that is missing or named like a path, and a broken file, are errors without a secret in them", async () => {
  const noPair = { auths: { "a.test": auth("secret") } };
  const cases = [{ credsStore: "not-there" }, { credsStore: "../../bin/sh" }, "{ secret", "[]", noPair];
  for (const config of cases) {
    using place = home({ ".docker/config.json": config });
    await assert.rejects(
      findCredentials({ host: "a.test", environment: place.environment }, never),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "user-bad-login");
        return !error.message.includes("secret");
      },
    );
  }
});

test("a login is kept in a file that only its user can read, beside everything else, and forgotten again", async () => {
  using place = home({
    ".docker/config.json": { HttpHeaders: { a: "b" }, auths: { "b.test": auth("b:1") } },
  });
  const { environment } = place;
  const file = join(place.path, ".docker/config.json");
  const saved = await saveLogin({ host: "a.test", username: "u", password: "p:w" }, environment, never);
  assert.deepEqual(saved, { path: file });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(await findCredentials({ host: "a.test", environment }, never), password("u", "p:w"));
  assert.equal(await removeLogin("a.test", environment, never), true);
  assert.equal(await removeLogin("a.test", environment, never), false);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), {
    HttpHeaders: { a: "b" },
    auths: { "b.test": auth("b:1") },
  });
});

test("a helper keeps and forgets a login; the file only says that there is one", async () => {
  using place = home({ ".docker/config.json": { credsStore: "keep" } });
  const { environment, path } = place;
  await saveLogin({ host: "docker.io", username: "u", password: "p" }, environment, never);
  const json = JSON.parse(readFileSync(join(path, ".docker/config.json"), "utf8"));
  assert.deepEqual(json.auths, { "https://index.docker.io/v1/": {} });
  await removeLogin("docker.io", environment, never);
  assert.equal(
    readFileSync(join(path, "kept"), "utf8"),
    'store {"ServerURL":"https://index.docker.io/v1/","Username":"u","Secret":"p"}\nerase https://index.docker.io/v1/\n',
  );
});
