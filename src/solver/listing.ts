import type { CopyAction } from "../graph/index.ts";
import { visibleName } from "../text/index.ts";
import type { TreeNode } from "../tree/index.ts";
import type { FileTree } from "./files.ts";
import { selectSources } from "./selection.ts";

/** What a copy's key counts of each file, by path: mode, owner, and the digest of the content or a link's target. */
export type Listing = Readonly<Record<string, string>>;

/** Copies of more files than this are not listed: megabytes to remember, only to name three files of them. */
const MOST = 20_000;

/** Lists what copies select from one source; undefined when that is too much to remember. */
export async function listFiles(
  actions: readonly CopyAction[],
  files: FileTree,
): Promise<Listing | undefined> {
  const selected = (await Promise.all(actions.map((action) => selectSources(files, action)))).flat();
  if (selected.reduce((sum, { nodes }) => sum + nodes.length, 0) > MOST) return undefined;
  const nodes = [...new Set(selected.flatMap((selection) => selection.nodes))];
  const contents = nodes.filter(({ entry }) => entry.kind === "file");
  const digests = await files.digests(contents);
  const digestOf = new Map(contents.map((node, index) => [node, digests[index] as string]));
  return Object.fromEntries(nodes.map((node) => [node.entry.path, factsOf(node, digestOf.get(node))]));
}

function factsOf({ entry }: TreeNode, digest: string | undefined): string {
  const { kind, mode, uid, gid, link = "" } = entry;
  return `${kind} ${mode.toString(8)} ${uid}:${gid} ${digest?.slice("sha256:".length, 30) ?? link}`;
}

/** What is different between two listings, a few files by name: `main.go has changed, go.sum is new`. */
export function compareListings(before: Listing, now: Listing): readonly string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return paths
    .filter((path) => before[path] !== now[path])
    .map((path) => told(path, before[path], now[path]));
}

/** Kind, mode and owner have no spaces; the target of a link may. */
function readFacts(facts: string) {
  const [kind, mode, owner, ...content] = facts.split(" ");
  return { kind, mode, owner, content: content.join(" ") };
}

function told(path: string, before: string | undefined, now: string | undefined): string {
  const name = path === "" ? "the folder itself" : visibleName(path);
  if (before === undefined) return `${name} is new`;
  if (now === undefined) return `${name} is gone`;
  const old = readFacts(before);
  const current = readFacts(now);
  if (old.kind !== current.kind) return `${name} was a ${old.kind} and is a ${current.kind}`;
  if (old.content !== current.content) return `${name} has changed`;
  return old.mode === current.mode
    ? `${name} has another owner (${old.owner}, now ${current.owner})`
    : `${name} has mode ${current.mode} instead of ${old.mode}`;
}
