import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { encodeTarHeader, TAR_END, type TarHeader, tarPadding } from "../archive/index.ts";
import { sha256 } from "../base/index.ts";
import { lookup, walkTree } from "../tree/index.ts";
import { openArchiveContext } from "./archive-context.ts";

type Member = Partial<TarHeader> & { readonly name: string; readonly content?: string };

function tar(members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ content = "", ...facts }) => {
    const common = { mode: 0o644, uid: 5, gid: 6, uname: "", gname: "", mtime: 7, linkname: "" };
    const header: TarHeader = { type: "file", ...common, size: content.length, ...facts };
    return [encodeTarHeader(header), Buffer.from(content), tarPadding(content.length)];
  });
  return Buffer.concat([...parts, TAR_END]);
}

function archive(members: readonly Member[]) {
  const folder = mkdtempSync(join(tmpdir(), "tare-archive-"));
  const path = join(folder, "context.tar");
  writeFileSync(path, tar(members));
  const context = openArchiveContext({ name: "context", archive: path });
  return {
    context,
    paths: async () => [...walkTree(await context.tree())].map(({ entry }) => entry.path).slice(1),
    find: async (wanted: string) =>
      lookup(await context.tree(), wanted)?.node ?? assert.fail(`${wanted} is not in the context`),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const MEMBERS: readonly Member[] = [
  { name: "./", type: "dir", mode: 0o700 },
  { name: "./a", content: "first" },
  { name: "dir/b", content: "second" },
  { name: "dir/empty" },
  { name: "dir/link", type: "symlink", linkname: "../a" },
];

test("an archive is its files with their owners, read in place", async () => {
  using work = archive(MEMBERS);
  assert.deepEqual(await work.paths(), ["a", "dir", "dir/b", "dir/empty", "dir/link"]);
  for (const [path, content] of [
    ["a", "first"],
    ["dir/b", "second"],
    ["dir/empty", ""],
    ["dir/link", "first"],
  ] as const) {
    const node = await work.find(path);
    const chunks: Uint8Array[] = [];
    for await (const chunk of work.context.read(node)) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), content, path);
    assert.deepEqual([node.entry.uid, node.entry.gid, node.entry.mtime], [5, 6, 7], path);
    assert.deepEqual(await work.context.digests([node]), [sha256(content)], path);
  }
});

test("names that begin like whiteouts are files as any other", async () => {
  using work = archive([{ name: ".wh.a", content: "x" }, { name: "d/.wh..wh..opq" }]);
  assert.deepEqual(await work.paths(), [".wh.a", "d", "d/.wh..wh..opq"]);
});
