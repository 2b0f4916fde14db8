import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { encodeTarHeader, TAR_END, type TarHeader, tarPadding } from "../archive/index.ts";
import { buildTree, comparePaths, type Entry, lookup, validateIndex } from "../tree/index.ts";
import type { CopyChange } from "./copy.ts";
import { createDraft } from "./draft.ts";
import { unpackInto } from "./unpack.ts";

type Member = Partial<TarHeader> & { readonly name: string; readonly content?: string };

function tar(...members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ content = "", ...facts }) => {
    const type = facts.name.endsWith("/") ? "dir" : "file";
    const common = { mode: 0o640, uid: 5, gid: 6, uname: "", gname: "", mtime: 7, linkname: "" };
    const header: TarHeader = { type, ...common, size: content.length, ...facts };
    return [encodeTarHeader(header), Buffer.from(content), tarPadding(content.length)];
  });
  return Buffer.concat([...parts, TAR_END]);
}

const file = (name: string, content = "x"): Member => ({ name, content });
const link = (name: string, linkname: string): Member => ({ name, type: "symlink", linkname });
const hard = (name: string, linkname: string): Member => ({ name, type: "hardlink", linkname });

interface Request {
  readonly base?: readonly string[];
  readonly to?: string;
  readonly change?: Partial<CopyChange>;
}

const FACTS = { mode: 0o755, uid: 1, gid: 1, mtime: 1, size: 0 };

/** What unpacking these bytes puts, or that they are no archive. */
async function unpacked(bytes: Uint8Array, { base = [], to = "/", change }: Request = {}) {
  const scratch = mkdtempSync(`${tmpdir()}/tare-unpack-`);
  try {
    const entries = base.map((line): Entry => {
      const [path = "", target] = line.split(" -> ");
      if (target !== undefined) return { path, kind: "symlink", link: target, ...FACTS };
      return { path: path.replace(/\/$/, ""), kind: path.endsWith("/") ? "dir" : "file", ...FACTS };
    });
    const draft = createDraft(
      buildTree([{ entries: entries.toSorted((a, b) => comparePaths(a.path, b.path)) }]),
      1,
    );
    const source = buildTree([{ entries: [{ path: "a", kind: "file", ...FACTS, size: bytes.length }] }]);
    const files = {
      title: "the build context",
      tree: async () => source,
      read: async function* () {
        yield bytes;
      },
      digests: () => assert.fail("nobody asks for digests"),
    };
    const node = lookup(source, "a")?.node ?? assert.fail();
    const options = { files, scratch, destination: to, change: { keepOwner: false, now: 99, ...change } };
    if (!(await unpackInto(draft, node, options))) {
      assert.deepEqual(draft.finish().entries, []);
      return undefined;
    }
    const { entries: put, read } = draft.finish();
    validateIndex({ entries: put });
    const texts: string[] = [];
    for (const entry of put) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of read(entry)) chunks.push(chunk);
      texts.push(Buffer.concat(chunks).toString());
    }
    return { put, texts };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function outline(bytes: Uint8Array, request: Request = {}): Promise<readonly string[]> {
  const { put, texts } = (await unpacked(bytes, request)) ?? assert.fail("it is no archive");
  return put.flatMap(({ path, kind, link: target }, index) =>
    request.base?.includes(`${path}/`)
      ? []
      : [
          `${path} ${kind}${target === undefined ? "" : ` ${target}`}${texts[index] ? ` "${texts[index]}"` : ""}`,
        ],
  );
}

const PLAIN = tar(
  { name: "./", type: "dir" },
  { name: "d/", mode: 0o700 },
  file("d/f", "text"),
  link("d/l", "f"),
  hard("d/h", "d/f"),
);

test("an archive gives what is in it, below its destination", async () => {
  const wanted = ["d dir", 'd/f file "text"', "d/h hardlink d/f", "d/l symlink f"];
  assert.deepEqual(await outline(PLAIN), wanted);
  const below = wanted.map((line) => `to/x/${line.replace("hardlink ", "hardlink to/x/")}`);
  for (const to of ["/to/x", "/to/x/"])
    assert.deepEqual(await outline(PLAIN, { to }), ["to dir", "to/x dir", ...below], to);
});

test("it is recognised by its content, however it is compressed", async () => {
  assert.equal((await outline(gzipSync(PLAIN))).length, 4);
  for (const program of ["bzip2", "xz", "zstd"]) {
    try {
      assert.equal((await outline(execFileSync(program, ["-c"], { input: PLAIN }))).length, 4, program);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
});

test("anything else is a file, and nothing was done", async () => {
  const others = [
    Buffer.alloc(0),
    Buffer.from("text"),
    Buffer.from("text".repeat(500)),
    gzipSync("no archive"),
    gzipSync("no archive".repeat(500)),
    Buffer.from([0x1f, 0x8b]),
    PLAIN.subarray(0, 300),
  ];
  for (const [index, bytes] of others.entries())
    assert.equal(await unpacked(bytes), undefined, String(index));
});

test("owners and modes are the archive's, the owner that --chown names wins", async () => {
  const facts = async (change: Partial<CopyChange>) =>
    (await unpacked(PLAIN, { to: "/n", change }))?.put.map(
      ({ path, mode, uid, gid, mtime }) => `${path} ${mode.toString(8)} ${uid}:${gid} ${mtime}`,
    );
  assert.deepEqual((await facts({}))?.slice(0, 3), ["n 755 0:0 99", "n/d 700 5:6 7", "n/d/f 640 5:6 7"]);
  assert.deepEqual(await facts({ chmod: "600" }), await facts({}));
  assert.deepEqual((await facts({ owner: { uid: 8, gid: 9 } }))?.slice(0, 3), [
    "n 755 8:9 99",
    "n/d 700 8:9 7",
    "n/d/f 640 8:9 7",
  ]);
});

test("directories that the archive leaves out are root's", async () => {
  const put = (await unpacked(tar(file("a/b/c")), { change: { owner: { uid: 8, gid: 9 } } }))?.put;
  assert.deepEqual(
    put?.map(({ path, mode, uid, gid }) => `${path} ${mode.toString(8)} ${uid}:${gid}`),
    ["a 755 0:0", "a/b 755 0:0", "a/b/c 640 8:9"],
  );
});

test("directories that are there keep what is in them, their facts are the archive's", async () => {
  const { put } = (await unpacked(PLAIN, { base: ["d/", "d/old"] })) ?? assert.fail();
  assert.deepEqual([put[0]?.path, put[0]?.mode, put[0]?.uid], ["d", 0o700, 5]);
  assert.equal(
    put.some(({ kind }) => kind === "opaque"),
    false,
  );
});

test("links of the destination lead where they lead inside the image", async () => {
  const base = ["real/", "link -> /real", "up -> ../../../real"];
  assert.deepEqual(await outline(tar(file("f")), { base, to: "/link" }), ['real/f file "x"']);
  assert.deepEqual(await outline(tar(file("link/f"), file("up/g")), { base }), [
    'real/f file "x"',
    'real/g file "x"',
  ]);
});

test("hostile names stay inside", async () => {
  const cases: readonly (readonly [string, Buffer, readonly string[]])[] = [
    ["absolute", tar(file("/etc/x")), ["etc dir", 'etc/x file "x"']],
    [
      "a link, then a file through it",
      tar(link("l", "/etc"), file("l/x")),
      ["etc dir", 'etc/x file "x"', "l symlink /etc"],
    ],
    ["a link upwards", tar(link("l", "../../.."), file("l/x")), ["l symlink ../../..", 'x file "x"']],
  ];
  for (const [what, bytes, wanted] of cases) assert.deepEqual(await outline(bytes), wanted, what);
});

test("a file takes the place of a directory, and not the other way round", async () => {
  const { put } = (await unpacked(tar(file("d")), { base: ["d/", "d/old"] })) ?? assert.fail("no archive");
  assert.deepEqual(
    put.map(({ path, kind }) => `${path} ${kind}`),
    ["d file"],
  );
  assert.deepEqual(await outline(tar(file("d/e"), file("l/e"), link("l", "d"))), [
    "d dir",
    'd/e file "x"',
    "l symlink d",
  ]);
  await assert.rejects(unpacked(tar(file("f/x")), { base: ["f"] }), { code: "user-conflict" });
  await assert.rejects(unpacked(tar(file("x")), { base: ["f"], to: "/f" }), { code: "user-conflict" });
});

test("an archive that breaks off in the middle is an error, no file", async () => {
  await assert.rejects(unpacked(PLAIN.subarray(0, 1538)), { code: "integrity-archive" });
});
test("names of one file stay one file, whatever link leads to them", async () => {
  const base = ["real/", "l -> real"];
  assert.deepEqual(await outline(tar(file("l/x"), hard("l/h", "l/x")), { base }), [
    'real/h file "x"',
    "real/x hardlink real/h",
  ]);
  assert.deepEqual(await outline(tar(file("f", "one"), hard("h", "f"), file("f", "two"))), [
    'f file "two"',
    'h file "one"',
  ]);
});

test("a name or a first name that is outside of the archive is an error", async () => {
  for (const bytes of [tar(file("../x")), tar(file("a/../../x")), tar(hard("h", "old"))])
    await assert.rejects(unpacked(bytes, { base: ["old"] }), { code: "integrity-archive" });
});
