import assert from "node:assert/strict";
import { test } from "node:test";
import { buildTree, type Entry, relativePath } from "../tree/index.ts";
import { selectSources } from "./selection.ts";

function files(...lines: readonly string[]) {
  const entries = lines.map((line): Entry => {
    const [path = "", link] = line.split(" -> ");
    const common = { mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0 };
    if (link !== undefined) return { path, kind: "symlink", link, ...common };
    return { path: path.replace(/\/$/, ""), kind: path.endsWith("/") ? "dir" : "file", ...common };
  });
  const never = () => assert.fail("nothing is read");
  return { title: "stage a", tree: async () => buildTree([{ entries }]), read: never, digests: never };
}

const TREE = files("d/", "d/a.md", "d/b.txt", "d/e/", "d/e/c.md", "f[1]", "l -> d", "m.md", "n.md");

async function selected(
  source: string,
  { wildcard = true, exclude = [] as readonly string[] } = {},
): Promise<readonly string[]> {
  const found = await selectSources(TREE, { source, wildcard, exclude });
  return found.map((one) => [one.name, ...one.nodes.map((node) => relativePath(one, node) || ".")].join(" "));
}

test("a source is one path or all that a pattern stands for", async () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["/m.md", ["m.md ."]],
    ["/d", ["d . a.md b.txt e e/c.md"]],
    ["/*.md", ["m.md .", "n.md ."]],
    ["/d/[ab].*", ["a.md .", "b.txt ."]],
    ["/none*", []],
    ["/l", ["l . a.md b.txt e e/c.md"]],
    ["/l/a.md", ["a.md ."]],
  ];
  for (const [source, wanted] of cases) assert.deepEqual(await selected(source), wanted, source);
});

test("without wildcards characters are what they are", async () => {
  assert.deepEqual(await selected("/f[1]", { wildcard: false }), ["f[1] ."]);
  await assert.rejects(selected("/*.md", { wildcard: false }), { code: "resolve-path" });
});

test("patterns of --exclude count from the source", async () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["/d", ["*.md"], ["d . b.txt e e/c.md"]],
    ["/d", ["**/*.md"], ["d . b.txt e"]],
    ["/d", ["e"], ["d . a.md b.txt"]],
    ["/d", ["*", "!b.txt"], ["d . b.txt"]],
    ["/d", ["e", "!e/c.md"], ["d . a.md b.txt e e/c.md"]],
    ["/*.md", ["m.*"], ["m.md", "n.md ."]],
    ["/m.md", ["m.md"], ["m.md"]],
  ];
  for (const [source, exclude, wanted] of cases)
    assert.deepEqual(await selected(source, { exclude }), wanted, `${source} ${exclude}`);
});

test("a path that is not there is an error that says where", async () => {
  for (const [source, shown] of [
    ["/none", '"/none"'],
    ["/m.md/x", '"/m.md/x"'],
  ] as const)
    await assert.rejects(selected(source), {
      code: "resolve-path",
      message: `${shown}: not found in stage a`,
    });
});
