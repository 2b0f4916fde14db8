import assert from "node:assert/strict";
import { test } from "node:test";
import { streamOf } from "../base/index.ts";
import { buildTree, comparePaths, type Entry, validateIndex } from "../tree/index.ts";
import { type Content, createDraft, type Draft } from "./draft.ts";

const FACTS = { mode: 0o755, uid: 1, gid: 2, mtime: 3 };

/** `d/`, `f`, `l -> target` as entries of one layer. */
function entries(...lines: readonly string[]): readonly Entry[] {
  return lines.map((line): Entry => {
    const [path = "", link] = line.split(" -> ");
    const common = { ...FACTS, size: 0 };
    if (link !== undefined) return { path, kind: "symlink", link, ...common };
    return path.endsWith("/")
      ? { path: path.slice(0, -1), kind: "dir", ...common }
      : { path, kind: "file", ...common, size: 1 };
  });
}

function draftOn(...lines: readonly string[]): Draft {
  return createDraft(
    buildTree([{ entries: entries(...lines).toSorted((a, b) => comparePaths(a.path, b.path)) }]),
    1,
  );
}

function outline(draft: Draft): readonly string[] {
  const index = { entries: draft.finish().entries };
  validateIndex(index);
  return index.entries.map(({ path, kind, uid }) => `${path} ${kind} ${uid}`);
}

/** The content of a file. */
function text(content: string): Content {
  return { files: { read: () => streamOf(Buffer.from(content)) }, node: { entry: FILE, layer: 0 } };
}

const NEW = { mode: 0o700, owner: { uid: 9, gid: 9 }, mtime: 9 };
const [FILE] = entries("a/b/new") as [Entry];

test("a layer names the directories above what it brings, as they are", () => {
  const draft = draftOn("a/", "a/b/", "a/b/old", "c/");
  draft.put({ ...FILE, uid: 7 });
  assert.deepEqual(outline(draft), ["a dir 1", "a/b dir 1", "a/b/new file 7"]);
});

test("a directory is made with its parents, those that exist stay as they are", () => {
  const draft = draftOn("a/");
  draft.makeDirectory("a/b/c", NEW);
  assert.deepEqual(outline(draft), ["a dir 1", "a/b dir 9", "a/b/c dir 9"]);
  draft.makeDirectory("a/b", { ...NEW, owner: { uid: 5, gid: 5 } });
  draft.makeDirectory("", NEW);
  assert.equal(draft.finish().entries.length, 3);
});

test("directories are made where links lead", () => {
  const draft = draftOn("real/", "link -> real", "up -> ../../real", "gone -> /nowhere/deep");
  draft.makeDirectory("link/x", NEW);
  draft.makeDirectory("up/y", NEW);
  draft.makeDirectory("gone/z", NEW);
  assert.deepEqual(outline(draft), [
    "nowhere dir 9",
    "nowhere/deep dir 9",
    "nowhere/deep/z dir 9",
    "real dir 1",
    "real/x dir 9",
    "real/y dir 9",
  ]);
});

test("a set-group-id directory gives its bit and its group to directories made in it", () => {
  const shared: Entry = { path: "s", kind: "dir", mode: 0o2770, uid: 5, gid: 6, mtime: 1, size: 0 };
  const draft = createDraft(buildTree([{ entries: [shared] }]), 1);
  draft.makeDirectory("s/a/b", { mode: 0o755, mtime: 9 });
  draft.makeDirectory("s/c", NEW);
  const said = draft.finish().entries.map(({ path, mode, uid, gid }) => [path, mode.toString(8), uid, gid]);
  assert.deepEqual(said.slice(1), [
    ["s/a", "2755", 0, 6],
    ["s/a/b", "2755", 0, 6],
    ["s/c", "2700", 9, 9],
  ]);
});

test("a file in the way of a directory is a conflict", () => {
  const draft = draftOn("a/", "a/file", "link -> a/file");
  for (const path of ["a/file", "a/file/x", "link", "link/x"])
    assert.throws(
      () => draft.makeDirectory(path, NEW),
      {
        code: "user-conflict",
        message: /^cannot make directory \/.*: \/a\/file is not a directory$/,
        facts: { hint: "choose another destination, or remove what is there in an earlier step" },
      },
      path,
    );
});

test("later entries see what earlier ones have put", () => {
  const draft = draftOn("a/", "a/old");
  assert.equal(draft.at("a/old")?.kind, "file");
  draft.put({ ...FILE, path: "a/link", kind: "symlink", link: "old", size: 0 });
  assert.equal(draft.at("a/link")?.kind, "symlink");
  assert.equal(draft.find("a/link")?.entry.path, "a/old");
  assert.equal(draft.resolve("a/link/../x"), "a/x");
  draft.put({ ...FILE, path: "a/old", size: 5 });
  assert.equal(draft.find("a/link")?.entry.size, 5);
  assert.equal(draft.at("a/none"), undefined);
  assert.equal(draft.find("a/none"), undefined);
});

test("the content of a file is the last one that was put", async () => {
  const draft = draftOn("a/", "a/b/");
  draft.put(FILE, text("first"));
  draft.put(FILE, text("second"));
  draft.put({ ...FILE, path: "a/b/empty" }, text("first"));
  draft.put({ ...FILE, path: "a/b/empty" });
  const { entries: all, read } = draft.finish();
  const texts: string[] = [];
  for (const entry of all.filter(({ kind }) => kind === "file")) {
    let content = "";
    for await (const chunk of read(entry)) content += Buffer.from(chunk).toString();
    texts.push(`${entry.path}: ${content}`);
  }
  assert.deepEqual(texts, ["a/b/empty: ", "a/b/new: second"]);
});

test("nothing is an empty layer", () => {
  assert.deepEqual(draftOn("a/").finish().entries, []);
});

test("a file that is replaced goes on under its other names", async () => {
  const draft = draftOn("d/");
  const link = (path: string) => ({ ...FILE, path, kind: "hardlink" as const, link: "d/a", size: 0 });
  draft.put({ ...FILE, path: "d/a" }, text("1"));
  draft.put(link("d/c"));
  draft.put(link("d/b"));
  draft.put({ ...FILE, path: "d/a", uid: 5 }, text("2"));
  assert.deepEqual(outline(draft), ["d dir 1", "d/a file 5", "d/b file 1", "d/c hardlink 1"]);
  draft.clear("d");
  assert.deepEqual(outline(draft), []);
});
