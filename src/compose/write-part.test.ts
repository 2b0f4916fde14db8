import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sha256 } from "../base/index.ts";
import { openStore } from "../store/index.ts";
import { ROOT, refuses } from "./fixtures.ts";
import { inOrder, type Placed, placedDirectory, placedFile, withHardLinks } from "./placed.ts";
import { writePart } from "./write-part.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "tare-part-"));
after(() => rmSync(FOLDER, { recursive: true, force: true }));
const store = await openStore(join(FOLDER, "store"));
const OWN = { ...ROOT, mtime: 5 };

function part(...placed: readonly Placed[]) {
  return { comment: "x", youngest: 5, placed: inOrder(placed) };
}

test("a layer whose entries are known is not written again; any change of them makes another", async () => {
  let reads = 0;
  const file = placedFile({ ...OWN, path: "a/b" }, "text");
  const counted: Placed = {
    ...file,
    read: () => {
      reads++;
      return (file.read as NonNullable<Placed["read"]>)();
    },
  };
  const first = await writePart(part(placedDirectory("a"), counted), store);
  assert.deepEqual([first.created, first.comment], [5000, "x"]);
  const again = await writePart(part(counted, placedDirectory("a")), store);
  assert.deepEqual([again.layer.id, reads], [first.layer.id, 1]);
  const changes: readonly Placed[] = [
    placedFile({ ...OWN, path: "a/b" }, "TEXT"),
    placedFile({ ...OWN, path: "a/b", mode: 0o4644 }, "text"),
    placedFile({ ...OWN, path: "a/b", uid: 1 }, "text"),
    placedFile({ ...OWN, path: "a/b", mtime: 6 }, "text"),
    placedFile({ ...OWN, path: "a/b", xattrs: { "user.x": Buffer.from("1") } }, "text"),
    placedFile({ ...OWN, path: "a/c" }, "text"),
  ];
  const ids = new Set([first.layer.id]);
  for (const change of changes)
    ids.add((await writePart(part(placedDirectory("a"), change), store)).layer.id);
  assert.equal(ids.size, changes.length + 1);
});

test("bytes that are not those that were placed are not taken", async () => {
  const file = placedFile({ ...OWN, path: "a" }, "what it should be");
  const other = placedFile({ ...OWN, path: "a" }, "what is read here");
  const wrong: Placed = { ...file, ...(other.read && { read: other.read }) };
  await assert.rejects(
    writePart(part(wrong), store),
    refuses("integrity-store", /^a was copied from the store/),
  );
});

test("of paths that are there twice the last counts, in the order of a layer", () => {
  const [one, two] = [placedFile({ ...OWN, path: "a-b" }, "1"), placedFile({ ...OWN, path: "a-b" }, "2")];
  const placed = inOrder([one, placedFile({ ...OWN, path: "a/b" }, ""), two, placedDirectory("a")]);
  assert.deepEqual(
    placed.map(({ entry: { path, digest } }) => [path, digest]),
    [
      ["a", undefined],
      ["a/b", sha256("")],
      ["a-b", sha256("2")],
    ],
  );
});

test("names of one file are the file and links to it, whatever else lies between", () => {
  const named = (path: string, inode: string): Placed => ({ ...placedFile({ ...OWN, path }, inode), inode });
  const placed = withHardLinks([named("a", "1"), named("b", "2"), named("c", "1"), named("d", "1")]);
  assert.deepEqual(
    placed.map(({ entry: { path, kind, link, size } }) => [path, kind, link, size]),
    [
      ["a", "file", undefined, 1],
      ["b", "file", undefined, 1],
      ["c", "hardlink", "a", 0],
      ["d", "hardlink", "a", 0],
    ],
  );
});
