import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { fsPath, sha256 } from "../base/index.ts";
import { type SampleLayer, sampleLayer } from "./arbitrary.ts";
import type { Entry } from "./entry.ts";
import { indexFromTar } from "./index-from-tar.ts";
import type { LayerIndex } from "./layer.ts";
import { scanDirectory } from "./scan.ts";
import { tarFromIndex, tarSizeOfIndex, withTarOffsets } from "./tar-from-index.ts";

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function tarBytes({ index, contents }: SampleLayer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const content = (entry: Entry) => once(contents.get(entry.path) as Uint8Array);
  for await (const chunk of tarFromIndex(index, content)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function plain(index: LayerIndex): unknown {
  return index.entries.map(({ xattrs, ...rest }) => [
    rest,
    Object.entries(xattrs ?? {})
      .map(([name, value]) => [name, Buffer.from(value).toString("hex")])
      .sort(),
  ]);
}

test("a layer's tar says what its index says, and where each file's bytes are", async () => {
  await fc.assert(
    fc.asyncProperty(sampleLayer(), async (layer) => {
      const bytes = await tarBytes(layer);
      assert.equal(bytes.length, tarSizeOfIndex(layer.index));
      const expected = withTarOffsets(layer.index);
      const index = await indexFromTar(once(bytes), { whiteouts: true });
      assert.deepEqual(plain(index), plain(expected));
      for (const { path, kind, offset = 0, size } of index.entries) {
        if (kind === "file")
          assert.ok(bytes.subarray(offset, offset + size).equals(layer.contents.get(path) as Uint8Array));
      }
    }),
    { numRuns: 300 },
  );
});

test("contents of every size pass through the chunks unchanged", async () => {
  const sizes = [1, 511, 512, 513, 65_535, 65_536, 200_000, 262_144, 262_145, 700_000, 3];
  const contents = new Map(
    sizes.map((size, at) => [`f${String(at).padStart(2, "0")}`, Buffer.alloc(size, at + 1)]),
  );
  const entries = [...contents].map(
    ([path, { length }]): Entry => ({ path, kind: "file", mode: 0, uid: 0, gid: 0, mtime: 0, size: length }),
  );
  const bytes = await tarBytes({ index: { entries }, contents });
  const index = await indexFromTar(once(bytes), { whiteouts: true });
  assert.deepEqual(
    index.entries.map(({ digest }) => digest),
    [...contents.values()].map(sha256),
  );
});

test("a content that is not as long as its entry says is an error that names it", async () => {
  const entry: Entry = { path: "a/b", kind: "file", mode: 0, uid: 0, gid: 0, mtime: 0, size: 3 };
  for (const content of ["ab", "", "abcd"]) {
    const layer = { index: { entries: [entry] }, contents: new Map([["a/b", Buffer.from(content)]]) };
    await assert.rejects(tarBytes(layer), { code: "integrity-archive", message: /a\/b/ });
  }
});

test("a file or directory that a layer would take for a whiteout is refused", async () => {
  for (const kind of ["file", "dir"] as const) {
    const entry: Entry = { path: "a/.wh.b", kind, mode: 0, uid: 0, gid: 0, mtime: 0, size: 0 };
    await assert.rejects(tarBytes({ index: { entries: [entry] }, contents: new Map() }), {
      code: "user-unsupported",
      message: /a\/\.wh\.b/,
    });
  }
});

test("a real tar program unpacks a scanned directory to the same directory", async () => {
  const root = mkdtempSync(join(tmpdir(), "tare-tar-"));
  try {
    for (const folder of [`in/long/${"d".repeat(200)}`, "out"])
      mkdirSync(`${root}/${folder}`, { recursive: true });
    writeFileSync(`${root}/in/long/${"d".repeat(200)}/${"f".repeat(200)}`, "x".repeat(70_000));
    writeFileSync(fsPath(`${root}/in/not-utf8-\uDCFF`), "text", { mode: 0o600 });
    symlinkSync("nowhere/ä", `${root}/in/link`);
    linkSync(fsPath(`${root}/in/not-utf8-\uDCFF`), `${root}/in/z`);
    const scanned = await entriesOf(`${root}/in`);
    const tar = tarFromIndex({ entries: scanned }, ({ path }) =>
      createReadStream(fsPath(`${root}/in/${path}`)),
    );
    const chunks: Uint8Array[] = [];
    for await (const chunk of tar) chunks.push(chunk);
    execFileSync("tar", ["-xp", "--numeric-owner", "-C", `${root}/out`], { input: Buffer.concat(chunks) });
    assert.deepEqual(await entriesOf(`${root}/out`), scanned);
    assert.equal(scanned.length, 7);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

async function entriesOf(root: string): Promise<readonly Entry[]> {
  return scanDirectory(root, { xattrs: false });
}
