import assert from "node:assert/strict";
import { test } from "node:test";
import { TareError } from "../base/index.ts";
import { RUN_ELSEWHERE } from "../dockerfile/index.ts";
import { buildTree, type Entry } from "../tree/index.ts";
import { explainMissingShell } from "./missing-shell.ts";

const entry = (path: string, kind: Entry["kind"]): Entry => ({
  path,
  kind,
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: 0,
  size: 0,
});

const told = async (error: unknown, args: readonly string[], ...paths: readonly string[]) => {
  const entries = [entry("bin", "dir"), ...paths.map((path) => entry(path, "file"))];
  const found = await explainMissingShell(error, args, async () => buildTree([{ entries }]));
  return found === error ? "as it was" : (found as TareError);
};

test("a base without a shell is told, with what to do; anything else stays as it is", async () => {
  const error = new TareError("exec-not-found", "/bin/sh does not exist in the image", { exitCode: 1 });
  const explained = await told(error, ["/bin/sh", "-c", "make"]);
  assert.ok(explained instanceof TareError);
  assert.equal(explained.message, "RUN needs /bin/sh, and what it stands on has no shell");
  assert.deepEqual([explained.facts.hint, explained.facts.exitCode], [RUN_ELSEWHERE, 1]);
  assert.ok((await told(error, ["bash", "-c", "make"])) instanceof TareError);
  assert.equal(await told(error, ["/bin/sh", "-c", "make"], "bin/sh"), "as it was", "its loader is missing");
  assert.equal(await told(error, ["/bin/make"]), "as it was");
  assert.equal(await told(new TareError("exec-failed", "exit code: 127"), ["/bin/sh"]), "as it was");
});
