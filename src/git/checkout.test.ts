import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkout, folderIn, resolveCommit } from "./checkout.ts";

function scratch(context: { after: (clean: () => void) => void }): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tare-git-")));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a link of the repository leads to its own folders, never to those of this machine", async (context) => {
  const root = scratch(context);
  mkdirSync(join(root, "real/deep"), { recursive: true });
  writeFileSync(join(root, "file"), "");
  symlinkSync("real", join(root, "near"));
  symlinkSync("/etc", join(root, "far"));
  symlinkSync("../../../../../../../etc", join(root, "real/up"));
  const remote = "https://h/r.git";
  assert.equal(await folderIn(root, { remote }), root);
  assert.equal(await folderIn(root, { remote, subdir: "near/deep" }), join(root, "real/deep"));
  for (const subdir of ["far", "far/ssl", "real/up", "near/up/ssl", "file", "missing"])
    await assert.rejects(folderIn(root, { remote, subdir }), { code: "resolve-git" }, subdir);
});

test("credentials go to the server that they are for, and to no other", async (context) => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const remote = `${origin}/r.git`;
  const environment = { ...process.env, no_proxy: "127.0.0.1" };
  const ask = (owner: string) =>
    resolveCommit(
      { remote, submodules: false },
      { environment, authorization: { origin: owner, header: "basic c2VjcmV0" } },
      new AbortController().signal,
    );
  await assert.rejects(ask(origin), { code: "resolve-git" });
  assert.equal(
    asked.splice(0).every((header) => header === "basic c2VjcmV0"),
    true,
  );
  await assert.rejects(ask("http://elsewhere.example"), { code: "resolve-git" });
  assert.deepEqual([...new Set(asked)], [undefined]);
});

test("the files of a commit, without git's own", async (context) => {
  const source = scratch(context);
  const folder = scratch(context);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: source, encoding: "utf8" }).trim();
  git("init", "--quiet");
  writeFileSync(join(source, "file"), "one");
  git("add", "file");
  git("-c", "user.name=n", "-c", "user.email=e@h", "commit", "--quiet", "--message=first");
  const reference = { remote: source, submodules: false };
  const access = { environment: process.env };
  const signal = new AbortController().signal;
  const { commit } = await resolveCommit(reference, access, signal);
  assert.equal(commit, git("rev-parse", "HEAD"));
  const time = await checkout({ ...reference, commit, keepGitDir: false }, { folder, access }, signal);
  assert.equal(time, Number(git("show", "--no-patch", "--format=%ct")));
  assert.equal(readFileSync(join(folder, "file"), "utf8"), "one");
  await assert.rejects(folderIn(folder, { remote: source, subdir: ".git" }), { code: "resolve-git" });
  git("-c", "user.name=n", "-c", "user.email=e@h", "tag", "--annotate", "--message=t", "v1");
  const tagged = { ...reference, ref: "v1", checksum: git("rev-parse", "v1") };
  const { ref: name, ...found } = await resolveCommit(tagged, access, signal);
  assert.deepEqual([found.commit, name], [commit, "refs/tags/v1"]);
  const kept = scratch(context);
  await checkout(
    { ...tagged, commit, keepGitDir: true, name: name as string },
    { folder: kept, access },
    signal,
  );
  assert.equal(execFileSync("git", ["describe"], { cwd: kept, encoding: "utf8" }), "v1\n");
});
