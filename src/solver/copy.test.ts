import assert from "node:assert/strict";
import { test } from "node:test";
import { buildTree, comparePaths, type Entry, selectPath, validateIndex } from "../tree/index.ts";
import { type CopyChange, copyInto } from "./copy.ts";
import { createDraft, type Draft } from "./draft.ts";

/** `d/`, `f`, `l -> target`, `h = first name` as entries of one layer. */
function tree(owner: number, lines: readonly string[]) {
  const entries = lines.map((line): Entry => {
    const [path = "", link] = line.split(/ -> | = /);
    const common = { mode: 0o640, uid: owner, gid: owner, mtime: 5, size: 0 };
    if (line.includes(" -> ")) return { path, kind: "symlink", ...common, mode: 0o777, link: link as string };
    if (line.includes(" = ")) return { path, kind: "hardlink", ...common, link: link as string };
    return path.endsWith("/")
      ? { path: path.slice(0, -1), kind: "dir", ...common, mode: 0o750 }
      : { path, kind: "file", ...common, size: 1 };
  });
  return buildTree([{ entries: entries.toSorted((a, b) => comparePaths(a.path, b.path)) }]);
}

const FILES = { read: () => assert.fail("nothing is read before the layer is written") };
const CHANGE: CopyChange = { keepOwner: false, now: 99 };

interface Copy {
  readonly base?: readonly string[];
  readonly sources: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly change?: Partial<CopyChange>;
}

function drafted({ base = [], sources, from, to, change }: Copy): Draft {
  const draft = createDraft(tree(1, base), 1);
  const selected = selectPath(tree(2, sources), { path: from });
  copyInto(draft, selected, { action: { destination: to }, files: FILES, change: { ...CHANGE, ...change } });
  return draft;
}

/** What the copy puts, without the directories that were there before. */
function copied(copy: Copy): readonly string[] {
  const index = { entries: drafted(copy).finish().entries };
  validateIndex(index);
  return index.entries.flatMap(({ path, kind, link }) =>
    copy.base?.includes(`${path}/`)
      ? []
      : [`${path}${kind === "dir" ? "/" : ""}${link === undefined ? "" : ` ${link}`}`],
  );
}

test("a file goes where its destination says", () => {
  const base = ["dir/", "old", "link -> dir", "tofile -> old", "dangling -> new/place"];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["/new", ["new"]],
    ["/new/", ["new/", "new/f"]],
    ["/a/b/c", ["a/", "a/b/", "a/b/c"]],
    ["/dir", ["dir/f"]],
    ["/dir/", ["dir/f"]],
    ["/dir/x", ["dir/x"]],
    ["/old", ["old"]],
    ["/", ["f"]],
    ["/link", ["dir/f"]],
    ["/link/", ["dir/f"]],
    ["/link/x", ["dir/x"]],
    ["/tofile", ["old"]],
    ["/dangling/", ["new/", "new/place/", "new/place/f"]],
    ["/link/../up", ["up"]],
  ];
  for (const [to, wanted] of cases)
    assert.deepEqual(copied({ base, sources: ["s/", "s/f"], from: "s/f", to }), wanted, to);
});

test("a directory gives its content, wherever it goes", () => {
  const sources = ["s/", "s/d/", "s/d/f", "s/l -> d/f"];
  const base = ["dir/", "dir/d/", "dir/d/old", "link -> dir"];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["/new", ["new/", "new/d/", "new/d/f", "new/l d/f"]],
    ["/new/", ["new/", "new/d/", "new/d/f", "new/l d/f"]],
    ["/", ["d/", "d/f", "l d/f"]],
    ["/link", ["dir/d/f", "dir/l d/f"]],
    ["/dir", ["dir/d/f", "dir/l d/f"]],
  ];
  for (const [to, wanted] of cases) assert.deepEqual(copied({ base, sources, from: "s", to }), wanted, to);
});

test("what is in the way is a conflict", () => {
  const cases: readonly (readonly [readonly string[], string, string, string])[] = [
    [["f"], "s/f", "/f/", "cannot make directory /f: /f is not a directory"],
    [["f"], "s/f", "/f/x", "cannot make directory /f: /f is not a directory"],
    [["f"], "s", "/f", "cannot make directory /f: /f is not a directory"],
    [["d/", "d/f/"], "s/f", "/d", "cannot replace to directory /d/f with file"],
    [["t/", "t/f/"], "s", "/t", "cannot replace to directory /t/f with file"],
    [["t/", "t/d"], "s", "/t", "cannot copy to non-directory: /t/d"],
    [["t/", "t/d -> elsewhere", "elsewhere/"], "s", "/t", "cannot copy to non-directory: /t/d"],
  ];
  for (const [base, from, to, message] of cases)
    assert.throws(
      () => drafted({ base, sources: ["s/", "s/d/", "s/f"], from, to }),
      { code: "user-conflict", message },
      message,
    );
});

test("a link in the destination is replaced by a link or a file of the source", () => {
  const base = ["t/", "t/f -> /elsewhere"];
  assert.deepEqual(copied({ base, sources: ["s/", "s/f"], from: "s", to: "/t" }), ["t/f"]);
  assert.deepEqual(copied({ base, sources: ["s/", "s/f -> x"], from: "s", to: "/t" }), ["t/f x"]);
});

test("names of one file stay one file, as far as they are copied", () => {
  const sources = ["s/", "s/a", "s/b = s/a", "s/c", "t"];
  assert.deepEqual(copied({ sources, from: "s", to: "/n" }), ["n/", "n/a", "n/b n/a", "n/c"]);
  assert.deepEqual(copied({ sources, from: "s/b", to: "/n" }), ["n"]);
  const [, entry] = drafted({ sources, from: "s/b", to: "/n/" }).finish().entries;
  assert.deepEqual([entry?.kind, entry?.size], ["file", 1]);
});

/** Path, mode and owner of what was put. */
function facts(change: Partial<CopyChange>, to = "/new/x"): readonly string[] {
  const sources = ["s/", "s/d/", "s/f", "s/l -> f"];
  const { entries } = drafted({ sources, from: "s", to, change }).finish();
  return entries.map(
    ({ path, mode, uid, gid, mtime }) => `${path} ${mode.toString(8)} ${uid}:${gid} ${mtime}`,
  );
}

test("owners are root's, kept, or those that --chown names", () => {
  const outline = (made: string, copiedOwner: string) => [
    `new 755 ${made} 99`,
    `new/x 755 ${made} 5`,
    `new/x/d 750 ${copiedOwner} 5`,
    `new/x/f 640 ${copiedOwner} 5`,
    `new/x/l 777 ${copiedOwner} 5`,
  ];
  assert.deepEqual(facts({}), outline("0:0", "0:0"));
  assert.deepEqual(facts({ keepOwner: true }), outline("0:0", "2:2"));
  assert.deepEqual(facts({ keepOwner: true, owner: { uid: 7, gid: 8 } }), outline("7:8", "7:8"));
});

test("--chmod is for files and directories, an octal one for the directories that are made too", () => {
  assert.deepEqual(facts({ chmod: "600" }), [
    "new 600 0:0 99",
    "new/x 600 0:0 5",
    "new/x/d 600 0:0 5",
    "new/x/f 600 0:0 5",
    "new/x/l 777 0:0 5",
  ]);
  assert.deepEqual(facts({ chmod: "u=rwX,go=" }), [
    "new 755 0:0 99",
    "new/x 755 0:0 5",
    "new/x/d 700 0:0 5",
    "new/x/f 600 0:0 5",
    "new/x/l 777 0:0 5",
  ]);
});

test("where bytes are in another layer's tar is not taken along", () => {
  const source = buildTree([
    { entries: [{ path: "f", kind: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 4, offset: 512 }] },
  ]);
  const draft = createDraft(tree(1, []), 1);
  copyInto(draft, selectPath(source, { path: "f" }), {
    action: { destination: "/g" },
    files: FILES,
    change: CHANGE,
  });
  assert.equal("offset" in (draft.finish().entries[0] as object), false);
});

test("a directory that is only on the way to something leaves an owner as it is, and takes the plain mode", () => {
  const draft = createDraft(tree(1, ["old/"]), 1);
  const all = selectPath(tree(2, ["s/", "s/new/", "s/new/f", "s/old/", "s/old/f"]), { path: "s" });
  const onTheWay = new Set(all.nodes.filter(({ entry }) => /old$|new$/.test(entry.path)));
  const owner = { uid: 8, gid: 9 };
  const change = { ...CHANGE, owner, chmod: "u+s" };
  copyInto(draft, { ...all, onTheWay }, { action: { destination: "/" }, files: FILES, change });
  const said = draft.finish().entries.map(({ path, mode, uid }) => [path, mode.toString(8), uid]);
  assert.deepEqual(said, [
    ["new", "4750", 8],
    ["new/f", "4640", 8],
    ["old", "750", 1],
    ["old/f", "4640", 8],
  ]);
});
