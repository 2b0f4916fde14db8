import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { decompress, detectCompression, plainTar, readTar } from "../archive/index.ts";
import { TareError } from "../base/index.ts";
import { type Bytes, indexFromTar, type TreeNode } from "../tree/index.ts";
import { readMember } from "./archive-context.ts";
import { type CopyChange, madeDirectory } from "./copy.ts";
import type { DirectoryFacts, Draft } from "./draft.ts";
import type { FileTree } from "./files.ts";

/** Where unpacking may put its temporary file, and what the copy changes. */
export interface UnpackOptions {
  readonly files: FileTree;
  readonly scratch: string;
  readonly destination: string;
  readonly change: CopyChange;
}

/**
 * Unpacks a local archive as ADD does: recognised by its content (plain tar, gzip, bzip2, xz, zstd), never
 * by its name. False when it is no archive, and nothing was done.
 */
export async function unpackInto(draft: Draft, source: TreeNode, options: UnpackOptions): Promise<boolean> {
  const { files, scratch, destination, change } = options;
  if (source.entry.kind !== "file" || !(await isArchive(files, source))) return false;
  // One for each archive: contents are read only when the layer is written.
  const spool = join(scratch, `archive-${randomUUID()}.tar`);
  await pipeline(
    plainTar(decompress(files.read(source))),
    createWriteStream(spool, { flags: "w", mode: 0o600 }),
  );
  // --chmod is for files that are copied, so that it does not count here.
  const facts = madeDirectory({ ...(change.owner && { owner: change.owner }), now: change.now });
  const index = await indexFromTar(createReadStream(spool), { whiteouts: false, linksSay: true });
  const members = { read: ({ entry }: TreeNode) => readMember(spool, entry) };
  draft.makeDirectory(destination.replace(/^\/+|\/+$/g, ""), facts);
  const root = draft.resolve(destination.slice(1));
  for (const entry of index.entries) {
    if (entry.path === "") continue;
    const path = place(draft, posix.join(root, entry.path), { ...facts, owner: ROOT });
    if (entry.kind !== "dir" && draft.at(path)?.kind === "dir") draft.clear(path);
    const { offset: _offset, ...rest } = entry;
    const owner = change.owner ?? entry;
    const link =
      entry.kind === "hardlink" ? { link: draft.resolve(posix.join(root, entry.link as string)) } : {};
    const moved = { ...rest, path, uid: owner.uid, gid: owner.gid, ...link };
    draft.put(moved, entry.kind === "file" ? { files: members, node: { entry, layer: 0 } } : undefined);
  }
  return true;
}

/** Directories that an archive leaves out are root's, whatever --chown says. */
const ROOT = { uid: 0, gid: 0 };

/** Archives may write through links of the destination, but only inside the tree. */
function place(draft: Draft, path: string, facts: DirectoryFacts): string {
  const parent = posix.dirname(path);
  if (parent === ".") return path;
  if (draft.at(parent)?.kind === "dir") return path;
  draft.makeDirectory(parent, facts);
  return posix.join(draft.resolve(parent), posix.basename(path));
}

/** A first tar member can be read from it. */
async function isArchive(files: FileTree, source: TreeNode): Promise<boolean> {
  const head = await firstBytes(files.read(source), 512);
  if (detectCompression(head) === "none" && head.length < 512) return false;
  try {
    for await (const _member of readTar(decompress(files.read(source)))) return true;
  } catch (error) {
    if (error instanceof TareError && error.code === "integrity-archive") return false;
    throw error;
  }
  return false;
}

async function firstBytes(bytes: Bytes, count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= count) break;
  }
  return Buffer.concat(chunks).subarray(0, count);
}
