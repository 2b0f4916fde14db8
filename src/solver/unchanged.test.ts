import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, sha256, streamOf } from "../base/index.ts";
import { buildTree, comparePaths, type Entry } from "../tree/index.ts";
import type { FileTree } from "./files.ts";
import { withoutUnchanged } from "./unchanged.ts";

/** `d/`, `f=content`, `l->target`, `h==first name`; a `!` in front makes it younger. */
function entry(line: string): Entry & { readonly content: string } {
  const [, young = "", path = "", sign = "/", text = ""] = /^(!?)(.+?)(?:\/|(==|=|->)(.*))$/.exec(line) ?? [];
  const common = { path, mode: 0o644, uid: 0, gid: 0, mtime: young ? 9 : 5, size: 0, content: text };
  if (sign === "/") return { ...common, kind: "dir", mode: 0o755 };
  if (sign === "->") return { ...common, kind: "symlink", link: text };
  return sign === "=="
    ? { ...common, kind: "hardlink", link: text }
    : { ...common, kind: "file", size: text.length };
}

async function kept(
  below: readonly string[],
  added: readonly (string | Entry)[],
): Promise<readonly string[]> {
  const contents = new Map(below.map((line) => [entry(line).path, entry(line).content]));
  const tree = buildTree([{ entries: below.map(entry).sort((a, b) => comparePaths(a.path, b.path)) }]);
  const digests: FileTree["digests"] = async (nodes) =>
    nodes.map(({ entry: { path }, inode }): Digest => {
      const content = contents.get(inode === undefined ? path : inode.replace(/^.*:/, ""));
      return sha256(Buffer.from(content ?? ""));
    });
  const entries = added.map((one) => (typeof one === "string" ? entry(one) : one));
  const read = ({ path }: Entry) =>
    streamOf(
      Buffer.from(
        entry(added.find((one) => typeof one === "string" && entry(one).path === path) as string).content,
      ),
    );
  return (await withoutUnchanged(entries, { tree, digests, read })).map(({ path }) => path);
}

const BELOW = ["d/", "d/f=one", "d/g=two", "d/l->f", "e/", "e/x=x"];

test("what is there already, and directories for nothing else, are left out", async () => {
  assert.deepEqual(await kept(BELOW, BELOW), []);
  assert.deepEqual(await kept(BELOW, ["d/", "d/f=one", "d/g=TWO", "e/", "e/x=x"]), ["d", "d/g"]);
  assert.deepEqual(await kept(BELOW, ["d/", "!d/f=one", "d/l->g"]), ["d", "d/f", "d/l"], "time, target");
  assert.deepEqual(
    await kept(BELOW, [{ ...entry("d/"), mode: 0o700 }, "d/f=one"]),
    ["d"],
    "a directory's facts",
  );
  assert.deepEqual(await kept([], ["d/", "d/f=one"]), ["d", "d/f"]);
});

test("a file whose names are all there already is left out with them", async () => {
  const added = ["d/", "d/f=one", "d/h==d/f"];
  assert.deepEqual(await kept([...BELOW, "d/h==d/f"], added), []);
  assert.deepEqual(await kept([...BELOW, "d/h=one"], added), []);
  assert.deepEqual(await kept([...BELOW, "!d/h=one"], added), ["d", "d/f", "d/h"]);
});

test("a file with several names stays whole, and a way through a link is another place", async () => {
  assert.deepEqual(await kept(BELOW, ["d/", "d/f=one", "d/h==d/f", "e/", "e/x=x"]), ["d", "d/f", "d/h"]);
  assert.deepEqual(await kept(["d/", "d/f=one", "s->d"], ["s/", "s/f=one"]), ["s", "s/f"]);
});
