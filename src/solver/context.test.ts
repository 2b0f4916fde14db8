import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { isSystemError, setXattr, sha256 } from "../base/index.ts";
import { lookup, type TreeNode, walkTree } from "../tree/index.ts";
import { type LocalContext, openContext } from "./context.ts";
import { selectSources } from "./selection.ts";
import type { Snapshot } from "./snapshot.ts";

const userTest = process.getuid?.() === 0 ? () => undefined : test;

function workspace() {
  const folder = mkdtempSync(join(tmpdir(), "tare-context-"));
  const directory = join(folder, "context");
  mkdirSync(directory);
  return {
    folder,
    directory,
    write: (path: string, content = "x") => {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    },
    open: (more: Partial<LocalContext> = {}) =>
      openContext({
        name: "context",
        directory,
        ignore: [],
        indexDirectory: join(folder, "contexts"),
        ...more,
      }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function paths(context: Snapshot): Promise<readonly string[]> {
  return [...walkTree(await context.tree())].map(({ entry }) => entry.path).slice(1);
}

async function nodeOf(context: Snapshot, path: string): Promise<TreeNode> {
  return lookup(await context.tree(), path)?.node ?? assert.fail(`${path} is not in the context`);
}

async function textOf(context: Snapshot, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of context.read(await nodeOf(context, path))) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function digestOf(context: Snapshot, path: string): Promise<string | undefined> {
  return (await context.digests([await nodeOf(context, path)]))[0];
}

test("a folder is its files, all of them root's", async () => {
  using work = workspace();
  work.write("a/b", "content");
  chmodSync(join(work.directory, "a/b"), 0o750);
  const context = work.open();
  assert.deepEqual(await paths(context), ["a", "a/b"]);
  const { entry } = await nodeOf(context, "a/b");
  assert.deepEqual([entry.uid, entry.gid, entry.mode, entry.size], [0, 0, 0o750, 7]);
  assert.equal(await textOf(context, "a/b"), "content");
  assert.equal(context.title, "the build context");
  assert.equal(work.open({ name: "data" }).title, "the build context data");
});

test("what .dockerignore leaves out is not there, exceptions of it are", async () => {
  using work = workspace();
  for (const path of ["keep", "node_modules/x/y", "doc/a.md", "doc/README.md", "log/1.log"]) work.write(path);
  const ignore = ["node_modules", "doc", "!doc/README.md", "**/*.log"];
  assert.deepEqual(await paths(work.open({ ignore })), ["doc", "doc/README.md", "keep", "log"]);
});

test("only the wanted parts are looked at, unless a link leads elsewhere", async () => {
  using work = workspace();
  for (const path of ["src/a", "src/deep/b", "srcs/no", "other/c"]) work.write(path);
  assert.deepEqual(await paths(work.open({ wanted: ["/src/*.c"] })), [
    "src",
    "src/a",
    "src/deep",
    "src/deep/b",
  ]);
  assert.deepEqual(await paths(work.open({ wanted: ["/src/deep/"] })), ["src", "src/deep", "src/deep/b"]);
  assert.deepEqual(await paths(work.open({ wanted: [] })), []);
  symlinkSync("other", join(work.directory, "link"));
  const linked = work.open({ wanted: ["/link/c"] });
  assert.equal((await selected(linked, "/link/c")).join(), "c:other/c");
  assert.ok((await paths(linked)).includes("srcs/no"), "the rest is missing");
});

/** What a source of COPY selects: its name, and where that is. */
async function selected(context: Snapshot, source: string): Promise<readonly string[]> {
  const found = await selectSources(context, { source, wildcard: true, exclude: [] });
  return found.map(({ name, nodes }) => `${name}:${nodes[0]?.entry.path}`);
}

test("links never lead out of the context", async () => {
  using work = workspace();
  writeFileSync(join(work.folder, "secret"), "secret");
  work.write("secret", "own");
  symlinkSync("../secret", join(work.directory, "up"));
  symlinkSync(join(work.folder, "secret"), join(work.directory, "absolute"));
  symlinkSync("..", join(work.directory, "parent"));
  const context = work.open();
  assert.equal(await textOf(context, "up"), "own");
  assert.equal(await textOf(context, "parent/secret"), "own");
  assert.equal(lookup(await context.tree(), "absolute"), undefined);
});

test("a wildcard that finds a link to elsewhere finds what it leads to", async () => {
  using work = workspace();
  work.write("real/file", "text");
  mkdirSync(join(work.directory, "links"));
  symlinkSync("../real/file", join(work.directory, "links/one"));
  assert.deepEqual(await selected(work.open(), "/links/*"), ["one:real/file"]);
  assert.deepEqual(await selected(work.open({ wanted: ["/links/*"] }), "/links/*"), ["one:real/file"]);
});

function replaced(path: string, make: () => void): void {
  unlinkSync(path);
  make();
}

test("a file that changes after it was looked at is an error that names it", async () => {
  const changes: readonly (readonly [string, (path: string) => void])[] = [
    ["longer", (path) => appendFileSync(path, "more")],
    ["shorter", (path) => truncateSync(path, 3)],
    ["gone", (path) => unlinkSync(path)],
    ["a link", (path) => replaced(path, () => symlinkSync("other", path))],
    ["a directory", (path) => replaced(path, () => mkdirSync(path))],
  ];
  for (const [what, change] of changes) {
    using work = workspace();
    work.write("a/file", "content");
    work.write("a/other", "content");
    const context = work.open();
    await context.tree();
    change(join(work.directory, "a/file"));
    const expected = {
      code: "user-context",
      message: "a/file changed while the build was reading it",
    };
    await assert.rejects(textOf(context, "a/file"), expected, what);
    await assert.rejects(digestOf(context, "a/file"), expected, what);
  }
});

test("a file that is written while it is read is an error", async () => {
  using work = workspace();
  work.write("big", "x".repeat(1_000_000));
  const path = join(work.directory, "big");
  const context = work.open();
  const reading = context.read(await nodeOf(context, "big"))[Symbol.asyncIterator]();
  await reading.next();
  appendFileSync(path, "y");
  const rest = async () => {
    while (!(await reading.next()).done);
  };
  await assert.rejects(rest(), { code: "user-context" });
  const other = work.open();
  const second = other.read(await nodeOf(other, "big"))[Symbol.asyncIterator]();
  await second.next();
  utimesSync(path, 1, 1);
  await assert.rejects(
    async () => {
      while (!(await second.next()).done);
    },
    { code: "user-context" },
  );
});

test("digests are of the content, and follow it at once", async () => {
  using work = workspace();
  for (const content of ["one", "two", "six"]) {
    work.write("file", content);
    utimesSync(join(work.directory, "file"), 1_000_000, 1_000_000);
    assert.equal(await digestOf(work.open(), "file"), sha256(content), content);
  }
});

test("attributes of files are theirs", async (t) => {
  using work = workspace();
  work.write("file");
  try {
    setXattr(join(work.directory, "file"), "user.mine", Buffer.from("v"));
  } catch (error) {
    if (isSystemError(error)) return t.skip("the temporary folder has no user attributes");
    throw error;
  }
  for (let build = 0; build < 2; build++) {
    const context = work.open();
    assert.deepEqual((await nodeOf(context, "file")).entry.xattrs, { "user.mine": Buffer.from("v") });
    await digestOf(context, "file");
  }
});

userTest("a file that can not be read is an error that says what to do", async () => {
  using work = workspace();
  work.write("locked");
  chmodSync(join(work.directory, "locked"), 0);
  await assert.rejects(textOf(work.open(), "locked"), {
    code: "user-context",
    message: "can not read locked in the build context",
  });
});
