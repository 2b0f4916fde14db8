import assert from "node:assert/strict";
import { test } from "node:test";
import type { TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import { lookAtContents } from "./contents.ts";

const KEY = Buffer.from("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n");
const isPublic = () => false;

/** Files that have what `read` says, and nothing else of an image. */
function imageOf(sizes: readonly number[], read: ImageContent["read"]): ImageContent {
  const nodes = sizes.map((size, at) => ({
    entry: { path: `file-${at}`, kind: "file", size },
    layer: 0,
  })) as unknown as readonly TreeNode[];
  return { nodes, layers: [], read } as unknown as ImageContent;
}

test("the small files are searched for secrets before the large ones use up what may be read", async () => {
  const large = Buffer.alloc(64 * 1024, "\n");
  const sizes = [...Array.from({ length: 1100 }, (_, at) => large.length + at), KEY.length];
  const image = imageOf(sizes, ({ entry }, start, length) =>
    (entry.size === KEY.length ? KEY : large).subarray(start, start + length),
  );
  const { secrets, secretScan } = await lookAtContents(image, { isPublic }, new AbortController().signal);
  assert.deepEqual(
    [...secrets.keys()].map(({ entry }) => entry.path),
    ["file-1100"],
  );
  assert.ok(secretScan.skipped > 0);
});

test("reading large files to compare them can be stopped", async () => {
  const zeros = Buffer.alloc(1 << 20);
  const stop = new AbortController();
  let pieces = 0;
  const image = imageOf([1 << 30, 1 << 30], (_node, _start, length) => {
    if (length === zeros.length && ++pieces === 3) setImmediate(() => stop.abort());
    return zeros.subarray(0, length);
  });
  await assert.rejects(lookAtContents(image, { isPublic }, stop.signal), { code: "user-cancelled" });
  assert.ok(pieces < 100);
});
