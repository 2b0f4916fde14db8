import { setImmediate } from "node:timers/promises";
import { throwIfCancelled } from "../base/index.ts";
import { findSecret } from "../text/index.ts";
import { comparePaths, type Entry } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import { secretName } from "./secret-names.ts";
import type { AnalysedFile, FileAnalysis, HiddenFile, SecretFile } from "./types.ts";

/** So much of a file is read, so much of all files together, the small ones first. */
const HEAD = 64 * 1024;
const BUDGET = 64 * 1024 * 1024;
/** Files after which others get a turn. */
const BATCH = 500;

/**
 * Files that look like secrets by name or content, those that later layers hide among them. What packages have brought
 * is public and not looked at. Only what a pattern is called is kept.
 */
export async function findSecrets(
  { layers }: Pick<ImageContent, "layers">,
  { files, hidden }: { readonly files: readonly AnalysedFile[]; readonly hidden: readonly HiddenFile[] },
  signal: AbortSignal,
): Promise<Pick<FileAnalysis, "secrets" | "secretScan">> {
  const candidates = [...visible(files), ...hidden.map((file) => ({ ...file, isHidden: true }))].sort(
    (a, b) => a.size - b.size || comparePaths(a.path, b.path) || a.layer - b.layer,
  );
  const entries = layers.map(
    ({ index }) => new Map(index.entries.map((entry) => [entry.path, entry] as const)),
  );
  const secrets: SecretFile[] = [];
  const scan = { files: 0, bytes: 0, skipped: 0 };
  for (const [at, { path, layer, isHidden }] of candidates.entries()) {
    if (at % BATCH === 0) await setImmediate();
    throwIfCancelled(signal);
    const named = secretName(path);
    if (named !== undefined) secrets.push({ path, what: named, by: "name", layer, isHidden });
    const entry = entries[layer]?.get(path);
    if (named !== undefined || !entry) continue;
    if (scan.bytes >= BUDGET) {
      scan.skipped++;
      continue;
    }
    const head = headOf(entry, (length) => layers[layer]?.read(entry, 0, length));
    scan.files++;
    scan.bytes += head.length;
    const what = isText(head) ? findSecret(head.toString("latin1")) : undefined;
    if (what !== undefined) secrets.push({ path, what, by: "content", layer, isHidden });
  }
  return {
    secrets: secrets.sort((a, b) => comparePaths(a.path, b.path) || a.layer - b.layer),
    secretScan: scan,
  };
}

type Candidate = Pick<SecretFile, "path" | "layer" | "isHidden"> & { readonly size: number };

function visible(files: readonly AnalysedFile[]): readonly Candidate[] {
  return files
    .filter(({ kind, size, package: owner, program }) => {
      const isBinary = program !== undefined && program.type !== "script";
      return kind === "file" && size > 0 && owner === undefined && !isBinary;
    })
    .map(({ path, layer, size }) => ({ path, layer, size, isHidden: false }));
}

/** Whether a file is text is seen at its beginning, so that of an archive no more is read. */
function headOf({ size }: Entry, read: (length: number) => Uint8Array | undefined): Buffer {
  const first = Buffer.from(read(PROBE) ?? []);
  return size <= PROBE || !isText(first) ? first : Buffer.from(read(HEAD) ?? []);
}

const PROBE = 1024;

function isText(head: Buffer): boolean {
  return !head.subarray(0, PROBE).includes(0);
}
