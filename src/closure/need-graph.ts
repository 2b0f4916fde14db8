/** One file of a tree that needs another, and gets it. */
export interface Use {
  readonly by: string;
  /** The name by which it is needed: a soname, a path, a command. */
  readonly name: string;
  /** The file that the name leads to: its own path, no link in it. */
  readonly file: string;
  readonly how: "library" | "interpreter" | "dlopen";
}

/** Who needs which file. */
export interface NeedGraph {
  /** What needs a file, in the order of paths; none when nothing does. */
  neededBy(path: string): readonly Use[];
  /**
   * The shortest way to a file from one that nobody needs, both included: `["usr/bin/nginx",
   * "usr/lib/…/libssl.so.3", "usr/lib/…/libcrypto.so.3"]`. From a file in a circle of needs when there is no
   * other. Only the file itself when nobody needs it.
   */
  chainTo(path: string): readonly string[];
}

export function needGraph(uses: readonly Use[]): NeedGraph {
  const users = new Map<string, Use[]>();
  for (const use of uses.toSorted(byUser)) {
    const others = users.get(use.file);
    if (others) others.push(use);
    else users.set(use.file, [use]);
  }
  const neededBy = (path: string) => users.get(path) ?? [];
  return { neededBy, chainTo: (path) => chainTo(neededBy, path) };
}

function byUser(a: Use, b: Use): number {
  if (a.by === b.by) return 0;
  return a.by < b.by ? -1 : 1;
}

function chainTo(neededBy: NeedGraph["neededBy"], path: string): readonly string[] {
  const next = new Map<string, string | undefined>([[path, undefined]]);
  let last = path;
  for (const file of next.keys()) {
    last = file;
    const others = neededBy(file).filter(({ by }) => by !== file);
    if (others.length === 0) break;
    for (const { by } of others) if (!next.has(by)) next.set(by, file);
  }
  const chain: string[] = [];
  for (let file: string | undefined = last; file !== undefined; file = next.get(file)) chain.push(file);
  return chain;
}
