import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcp } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { prepareJob } from "../src/api/build/job.ts";
import { buildImage, configOf, filesOf, folder, has, ROOT, run } from "./harness.ts";

async function build(dockerfile: string, request: Partial<Parameters<typeof buildImage>[0]> = {}) {
  using context = folder({ Dockerfile: dockerfile });
  const { result } = await buildImage({ context: context.path, ...request });
  return filesOf(result.imageId ?? "");
}

interface WebServer extends AsyncDisposable {
  readonly url: string;
  /** Requests as `path status`. */
  readonly seen: string[];
  content: string;
}

/** Serves one changing text with an ETag, a tar at /a.tar, and what wants a token at /private. */
async function serve(): Promise<WebServer> {
  const seen: string[] = [];
  const state = { content: "one" };
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    const etag = `"${createHash("sha1").update(state.content).digest("hex")}"`;
    const answer = (status: number, body?: string) => {
      seen.push(`${path} ${status}`);
      response.writeHead(status, { etag, "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT" }).end(body);
    };
    if (path === "/zipped") response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("zipped"));
    else if (path === "/moved") response.writeHead(302, { location: "/dir/file.txt" }).end();
    else if (path === "/private" && request.headers.authorization !== "Bearer letmein") answer(401);
    else if (path === "/missing") answer(404);
    else if (request.headers["if-none-match"] === etag) answer(304);
    else answer(200, state.content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    get content() {
      return state.content;
    },
    set content(text) {
      state.content = text;
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

test("ADD fetches a file: name, mode and time are as in the reference, and it is asked for again", async () => {
  await using web = await serve();
  const dockerfile = `FROM scratch\nADD ${web.url}/dir/file.txt /in/\nADD --chmod=644 --chown=3:4 ${web.url}/moved /moved\n`;
  const files = (await build(dockerfile)).filter(({ kind }) => kind === "file");
  const shown = files.map(({ path, mode, uid, gid, size, mtime }) => [path, mode, uid, gid, size, mtime]);
  assert.deepEqual(shown, [
    ["in/file.txt", 0o600, 0, 0, 3, 1445412480],
    ["moved", 0o644, 3, 4, 3, 1445412480],
  ]);
  await build(dockerfile);
  assert.equal(web.seen.at(-1)?.endsWith(" 304"), true);
  web.content = "three";
  const changed = await build(dockerfile);
  assert.equal(changed.find(({ path }) => path === "in/file.txt")?.size, 5);
});

test("what a server compressed for its way is stored as it was before", async () => {
  await using web = await serve();
  const files = await build(`FROM scratch\nADD --checksum=${sha256("zipped")} ${web.url}/zipped /\n`);
  assert.equal(files.find(({ path }) => path === "zipped")?.size, "zipped".length);
});

test("a checksum is verified, and once it is there nobody asks the server", async () => {
  await using web = await serve();
  const dockerfile = (checksum: string) => `FROM scratch\nADD --checksum=${checksum} ${web.url}/file /\n`;
  await assert.rejects(build(dockerfile(sha256("two"))), /digest mismatch/);
  await build(dockerfile(sha256("one")));
  const before = web.seen.length;
  await build(dockerfile(sha256("one")));
  assert.equal(web.seen.length, before);
});

test("a remote archive is unpacked only when asked to; credentials are a secret", async () => {
  await using web = await serve();
  using source = folder({ "a/b": "x" });
  await run("tar", ["-C", source.path, "-cf", join(source.path, "t.tar"), "a"]);
  web.content = (await import("node:fs")).readFileSync(join(source.path, "t.tar"), "latin1");
  const paths = (
    await build(`FROM scratch\nADD ${web.url}/t.tar /\nADD --unpack=true ${web.url}/t.tar /d/\n`)
  ).map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => path !== ""),
    ["d", "d/a", "d/a/b", "t.tar"],
  );
  await assert.rejects(build(`FROM scratch\nADD ${web.url}/private /\n`), /answered 401/);
  const secrets = { "HTTP_AUTH_TOKEN_127.0.0.1": { value: Buffer.from("letmein") } };
  using context = folder({ Dockerfile: `FROM scratch\nADD ${web.url}/private /\n` });
  const { result, log, events } = await buildImage({ context: context.path, secrets });
  const said = `${log}${JSON.stringify(events)}${JSON.stringify(await configOf(result.imageId as string))}`;
  assert.doesNotMatch(said, /letmein|authorization/i);
  const found = await run("grep", ["-rl", "letmein", join(ROOT, "keys"), join(ROOT, "builds")]).catch(
    (e) => e.stdout,
  );
  assert.equal(found, "", "credentials are in the store");
  await assert.rejects(buildImage({ context: `${web.url}/private`, dockerfile: "a/b" }), /answered 401/);
  await assert.rejects(
    buildImage({ context: `${web.url}/private`, dockerfile: "a/c", secrets }),
    /a\/c in the archive does not exist/,
  );
  await assert.rejects(build(`FROM scratch\nADD ${web.url}/missing /\n`), /answered 404/);
});

interface GitServer extends AsyncDisposable {
  /** Address of the repository. */
  readonly url: string;
  git(...args: readonly string[]): Promise<string>;
  readonly path: string;
}

/** A repository with two commits on `main`, a tag and a branch, served by git's own daemon on loopback. */
async function serveGit(): Promise<GitServer> {
  const work = folder({ "repo.git/README": "first", "repo.git/sub/tool.sh": "#!/bin/sh\n" });
  const path = join(work.path, "repo.git");
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" };
  const identity = ["-c", "user.name=t", "-c", "user.email=t@t"];
  const git = async (...args: readonly string[]) =>
    (await run("git", [...identity, "-C", path, ...args], { env })).stdout.trim();
  await git("init", "-q", "-b", "main");
  await git("add", ".");
  await git("update-index", "--chmod=+x", "sub/tool.sh");
  await git("commit", "-qm", "one");
  await git("tag", "-a", "v1", "-m", "v1");
  await git("checkout", "-q", "-f");
  const port = await freePort();
  const daemon = spawn(
    "git",
    [
      "daemon",
      "--export-all",
      `--base-path=${work.path}`,
      "--listen=127.0.0.1",
      `--port=${port}`,
      "--reuseaddr",
    ],
    { stdio: "ignore", detached: true },
  );
  await reachable(port);
  return {
    url: `git://127.0.0.1:${port}/repo.git`,
    path,
    git,
    async [Symbol.asyncDispose]() {
      process.kill(-(daemon.pid as number));
      work[Symbol.dispose]();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function reachable(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.unref();
    });
    if (open) return;
    await sleep(50);
  }
}

const skip = !has("git") && "git is missing";

test("ADD takes a repository: a branch, a tag, a commit, a folder, with and without .git", {
  skip,
}, async () => {
  await using repo = await serveGit();
  const list = async (line: string) =>
    (await build(`FROM scratch\nADD ${line}\n`))
      .filter(({ path }) => path !== "" && !path.includes("/.git"))
      .map(({ path, kind, mode }) => `${path} ${kind === "dir" ? "dir" : mode.toString(8)}`);
  assert.deepEqual(await list(`${repo.url} /r/`), [
    "r dir",
    "r/README 644",
    "r/sub dir",
    "r/sub/tool.sh 755",
  ]);
  assert.deepEqual(await list(`${repo.url}#v1:sub /r`), ["r dir", "r/tool.sh 755"]);
  const first = await repo.git("rev-parse", "HEAD");
  await repo.git("rm", "-q", "README");
  await repo.git("commit", "-qm", "two");
  assert.deepEqual(await list(`${repo.url}#main /r`), ["r dir", "r/sub dir", "r/sub/tool.sh 755"]);
  assert.deepEqual(await list(`${repo.url}#${first} /r`), [
    "r dir",
    "r/README 644",
    "r/sub dir",
    "r/sub/tool.sh 755",
  ]);
  assert.equal(
    (await build(`FROM scratch\nADD --keep-git-dir=true ${repo.url} /r\n`)).some(
      ({ path }) => path === "r/.git/HEAD",
    ),
    true,
  );
  await assert.rejects(list(`${repo.url}#nosuch /r`), /has no branch, tag or ref "nosuch"/);
  await assert.rejects(list(`${repo.url}#main:nosuch /r`), /has no folder nosuch/);
  await assert.rejects(list(`--checksum=${first} ${repo.url}#main /r`), /is the commit .*, not/);
});

test("a context is a repository or an archive on a server, a named one too", { skip }, async () => {
  await using repo = await serveGit();
  await using web = await serve();
  using source = folder({ Dockerfile: "FROM scratch\nCOPY keep /\n", keep: "k", "other.txt": "o" });
  await run("tar", ["-C", source.path, "-cf", "-", "."], { encoding: "latin1" }).then(({ stdout }) => {
    web.content = stdout;
  });
  const fromArchive = await buildImage({ context: `${web.url}/context.tar` });
  assert.deepEqual(await pathsOf(fromArchive.result.imageId), ["keep"]);
  await repo.git("rm", "-q", "README");
  await run("sh", ["-c", "printf 'FROM scratch\\nCOPY . /\\n' > sub/Dockerfile"], { cwd: repo.path });
  await repo.git("add", "sub");
  await repo.git("commit", "-qm", "two");
  const fromGit = await buildImage({ context: `${repo.url}#main:sub` });
  assert.deepEqual(await pathsOf(fromGit.result.imageId), ["Dockerfile", "tool.sh"]);
  const withGit = { context: `${repo.url}#main`, dockerfile: "sub/Dockerfile" };
  const keepsGit = async (value: string) => {
    const { result } = await buildImage({ ...withGit, buildArgs: { BUILDKIT_CONTEXT_KEEP_GIT_DIR: value } });
    return (await pathsOf(result.imageId)).includes(".git/HEAD");
  };
  assert.deepEqual([await keepsGit("true"), await keepsGit("0")], [true, false]);
  const epochOf = async (context: string) => {
    const streams = { scratch: async () => source.path, signal: new AbortController().signal };
    const environment = { SOURCE_DATE_EPOCH: "context" };
    return (await prepareJob({ context, environment }, streams)).epoch;
  };
  assert.equal(await epochOf(`${web.url}/context.tar`), Date.UTC(2015, 9, 21, 7, 28) / 1000);
  assert.equal(await epochOf(`${repo.url}#main:sub`), Number(await repo.git("show", "-s", "--format=%ct")));
  assert.equal(await epochOf(source.path), undefined);
  using stage = folder({ Dockerfile: `ARG SOURCE_DATE_EPOCH=t\nFROM scratch AS t\nADD ${repo.url} /\n` });
  const job = await prepareJob(
    { context: stage.path },
    { scratch: async () => source.path, signal: new AbortController().signal },
  );
  assert.equal(job.epoch, Number(await repo.git("show", "-s", "--format=%ct")));
  using context = folder({
    Dockerfile: "FROM scratch\nCOPY --from=code /sub/tool.sh /\nCOPY --from=files /other.txt /\n",
  });
  const named = await buildImage({
    context: context.path,
    buildContexts: { code: repo.url, files: `${web.url}/context.tar` },
  });
  assert.deepEqual(await pathsOf(named.result.imageId), ["other.txt", "tool.sh"]);
});

async function pathsOf(imageId: string | undefined): Promise<readonly string[]> {
  return (await filesOf(imageId ?? "")).map(({ path }) => path).filter((path) => path !== "");
}
