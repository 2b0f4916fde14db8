import fc from "fast-check";
import { sha256 } from "../base/index.ts";
import type { Entry, EntryKind } from "./entry.ts";
import type { LayerIndex } from "./layer.ts";
import { comparePaths } from "./path.ts";
import { opaquePath } from "./whiteout.ts";

/** A layer for property tests: valid by `validateIndex`, with the bytes of its files. */
export interface SampleLayer {
  readonly index: LayerIndex;
  /** Content by path, of each entry that is a file. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * Layers of up to `size` entries whose few names collide often, within a layer and between layers, and
 * are chosen to be awkward: sorted around `/`, not ASCII, not UTF-8, long. Files have digests, and no
 * offsets.
 */
export function sampleLayer({ size = 24 }: { readonly size?: number } = {}): fc.Arbitrary<SampleLayer> {
  return fc
    .tuple(fc.array(seed, { maxLength: size }), fc.option(facts))
    .map(([seeds, root]) => assemble(seeds, root));
}

/** Names for paths: any two of them together are an interesting case for the order. */
export const sampleName: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("a", "b", "a-b", "a.b", "ab", "a0", "-x", "~", "A", "__proto__") },
  {
    weight: 3,
    arbitrary: fc.constantFrom("ä", "語", "😀", "\uFFFD", "\uE000", "\uDC80", "a\uDCFFb", 'x\\y\n"'),
  },
  { weight: 1, arbitrary: fc.constantFrom("n".repeat(120), "語".repeat(60)) },
);

const facts = fc.record({
  mode: fc.oneof(fc.constantFrom(0o644, 0o755, 0o4755, 0o1777), fc.integer({ min: 0, max: 0o7777 })),
  uid: fc.oneof(fc.constantFrom(0, 1000, 65536, 0x7ffffffe), fc.nat(0x7fffffff)),
  gid: fc.oneof(fc.constant(0), fc.nat(0x7fffffff)),
  mtime: fc.oneof(
    fc.constantFrom(0, -1, 1_700_000_000, 2 ** 33),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
  ),
  xattrs: fc.option(
    fc.dictionary(
      fc.constantFrom("user.a", "user.a=b%", "security.capability", "trusted.ä"),
      fc.uint8Array({ maxLength: 40 }),
      { minKeys: 1, noNullPrototype: true },
    ),
    { freq: 4 },
  ),
});

type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

const kinds: readonly EntryKind[] = [
  "file",
  "file",
  "file",
  "dir",
  "dir",
  "symlink",
  "hardlink",
  "char",
  "block",
  "fifo",
  "whiteout",
  "opaque",
];

const seed = fc.record({
  names: fc.array(sampleName, { minLength: 1, maxLength: 4 }),
  kind: fc.constantFrom(...kinds),
  facts,
  content: fc.uint8Array({ maxLength: 1500 }),
  target: fc.oneof(
    fc.constantFrom("a", "/a", "..", "../b", "/", "nowhere", "a/../../b", "x".repeat(150)),
    fc.array(sampleName, { minLength: 1, maxLength: 3 }).map((names) => names.join("/")),
  ),
  device: fc.tuple(fc.nat(4095), fc.nat(255)).map(([major, minor]) => ({ major, minor })),
  pick: fc.nat(),
});

type Seed = typeof seed extends fc.Arbitrary<infer T> ? T : never;

function assemble(seeds: readonly Seed[], root: Facts | null): SampleLayer {
  const chosen = new Map<string, Seed>();
  for (const item of seeds) {
    const path = item.kind === "opaque" ? opaquePath(item.names.join("/")) : item.names.join("/");
    if (fits(chosen, path, item.kind)) chosen.set(path, item);
  }
  const paths = [...chosen.keys()].sort(comparePaths);
  const entries: Entry[] = root ? [{ path: "", kind: "dir", size: 0, ...plain(root) }] : [];
  const contents = new Map<string, Uint8Array>();
  for (const path of paths) entries.push(entryOf(path, chosen.get(path) as Seed, { entries, contents }));
  return { index: { entries }, contents };
}

/** Whether nothing chosen so far contradicts a path: something in what is no directory. */
function fits(chosen: ReadonlyMap<string, Seed>, path: string, kind: EntryKind): boolean {
  const components = path.split("/");
  const ancestors = components.slice(1).map((_, index) => components.slice(0, index + 1).join("/"));
  if (ancestors.some((ancestor) => (chosen.get(ancestor)?.kind ?? "dir") !== "dir")) return false;
  return kind === "dir" || ![...chosen.keys()].some((other) => other.startsWith(`${path}/`));
}

function entryOf(
  path: string,
  item: Seed,
  { entries, contents }: { readonly entries: readonly Entry[]; readonly contents: Map<string, Uint8Array> },
): Entry {
  const common = { path, size: 0, ...plain(item.facts) };
  switch (item.kind) {
    case "whiteout":
    case "opaque":
      return { path, kind: item.kind, mode: 0, uid: 0, gid: 0, mtime: 0, size: 0 };
    case "symlink":
      return { ...common, kind: "symlink", mode: 0o777, link: item.target };
    case "char":
    case "block":
      return { ...common, kind: item.kind, device: item.device };
    case "dir":
    case "fifo":
      return { ...common, kind: item.kind };
    case "hardlink": {
      const files = entries.filter(({ kind }) => kind === "file");
      const file = files[item.pick % Math.max(files.length, 1)];
      if (!file) return { ...common, kind: "fifo" };
      const { mode, uid, gid, mtime } = file;
      return { path, kind: "hardlink", mode, uid, gid, mtime, size: 0, link: file.path };
    }
    case "file":
      contents.set(path, item.content);
      return { ...common, kind: "file", size: item.content.length, digest: sha256(item.content) };
  }
}

function plain({ xattrs, ...numbers }: Facts): Omit<Facts, "xattrs"> & Pick<Entry, "xattrs"> {
  return xattrs ? { ...numbers, xattrs } : numbers;
}
