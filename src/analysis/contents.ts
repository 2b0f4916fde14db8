import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { digestOf, sha256, throwIfCancelled } from "../base/index.ts";
import type { TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import { programOf } from "./programs.ts";
import { createSecretScan } from "./secret-scan.ts";
import type { AnalysedProgram, SecretScan } from "./types.ts";

/** What the contents of an image's files tell. Of several names of one file only the first is asked. */
export interface Contents {
  readonly programs: ReadonlyMap<TreeNode, AnalysedProgram>;
  /** What looks like a secret. */
  readonly secrets: ReadonlyMap<TreeNode, string>;
  readonly secretScan: SecretScan;
  /** Two files of one size have the same content when they have the same one here; only of such sizes they are there. */
  readonly digests: ReadonlyMap<TreeNode, string>;
}

/** Files after which others get a turn. */
const BATCH = 1000;
/** What is read of every file. */
const HEAD = 8 * 1024;
const PIECE = 1024 * 1024;
/** Bytes of a large file after which others get a turn. */
const TURN = 16 * PIECE;

/**
 * Looks into every file once: opening them is what takes the time. `isPublic` says of which files nobody's secrets are
 * expected.
 */
export async function lookAtContents(
  image: ImageContent,
  { isPublic }: { readonly isPublic: (node: TreeNode) => boolean },
  signal: AbortSignal,
): Promise<Contents> {
  const files = distinctFiles(image.nodes);
  const shared = sharedSizes(files);
  const programs = new Map<TreeNode, AnalysedProgram>();
  const secrets = new Map<TreeNode, string>();
  const digests = new Map<TreeNode, string>();
  const scan = createSecretScan();
  // Small ones first: of what may be searched for secrets a few large ones would take all.
  const bySize = [...files].sort((a, b) => a.entry.size - b.entry.size);
  for (const [at, node] of bySize.entries()) {
    if (at % BATCH === 0) await setImmediate();
    throwIfCancelled(signal);
    const file = openFile(image, node);
    const program = programOf(file);
    if (program) programs.set(node, program);
    if (shared.has(file.size)) digests.set(node, node.entry.digest ?? sampleOf(file));
    if (isPublic(node) || (program && program.type !== "script")) continue;
    const secret = scan.look(file);
    if (secret !== undefined) secrets.set(node, secret);
  }
  await confirm(image, digests, signal);
  return { programs, secrets, secretScan: scan.told(), digests };
}

/** A file whose beginning is in memory. */
export interface OpenFile {
  readonly size: number;
  read(start: number, length: number): Uint8Array;
}

export function openFile(image: Pick<ImageContent, "read">, node: TreeNode): OpenFile {
  const head = image.read(node, 0, HEAD);
  const { size } = node.entry;
  return {
    size,
    read: (start, length) =>
      start + Math.min(length, size - start) <= head.length
        ? head.subarray(start, start + length)
        : image.read(node, start, length),
  };
}

/** Regular files that have content, each once. */
function distinctFiles(nodes: readonly TreeNode[]): readonly TreeNode[] {
  const seen = new Set<string>();
  return nodes.filter(({ entry, inode }) => {
    if (entry.kind !== "file" || entry.size === 0 || (inode !== undefined && seen.has(inode))) return false;
    if (inode !== undefined) seen.add(inode);
    return true;
  });
}

/** The sizes that several files have. */
function sharedSizes(files: readonly TreeNode[]): ReadonlySet<number> {
  const [once, often] = [new Set<number>(), new Set<number>()];
  for (const { entry } of files) (once.has(entry.size) ? often : once).add(entry.size);
  return often;
}

const SAMPLE = "sample ";

/** The digest of a small file; of others only something that is not the same for two that differ at an end. */
function sampleOf(file: OpenFile): string {
  if (file.size <= HEAD) return sha256(file.read(0, HEAD));
  const [head, tail] = [file.read(0, HEAD), file.read(file.size - HEAD / 2, HEAD / 2)];
  return `${SAMPLE}${file.size} ${crc32(head)} ${crc32(tail)}`;
}

/** Files with the same sample are read to the end; one whose digest is known has no sample to be the same. */
async function confirm(
  image: ImageContent,
  digests: Map<TreeNode, string>,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set(
    [...digests].flatMap(([{ entry }, digest]) => (digest.startsWith(SAMPLE) ? [] : [entry.size])),
  );
  const bySample = new Map<string, TreeNode[]>();
  for (const [node, digest] of digests) {
    if (!digest.startsWith(SAMPLE)) continue;
    const others = bySample.get(digest);
    if (others) others.push(node);
    else bySample.set(digest, [node]);
  }
  for (const nodes of bySample.values()) {
    if (nodes.length === 1 && !known.has((nodes[0] as TreeNode).entry.size)) continue;
    for (const node of nodes) digests.set(node, await digestOf(piecesOf(image, node, signal)));
  }
}

/** The content of a file; others get a turn now and then. */
async function* piecesOf(
  image: ImageContent,
  node: TreeNode,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < node.entry.size; at += PIECE) {
    if (at % TURN === 0) await setImmediate();
    throwIfCancelled(signal);
    yield image.read(node, at, PIECE);
  }
}
