import type { ImageEntry, ImageIndex } from "./jimage.ts";
import { type WantedEntry, type WrittenIndex, wordsOf } from "./jimage-write.ts";
import { pickRanges } from "./pick-ranges.ts";

/** The directories of a jimage that are left when modules are taken out, in the order of their content. */
export interface CutFolders {
  readonly entries: readonly WantedEntry[];
  /** What they hold, once it is known where everything is described. */
  readonly content: (
    written: Pick<WrittenIndex, "textOffset"> & { readonly placeOf: ReadonlyMap<string, number> },
  ) => Buffer;
}

/** Whether it is a directory below `/modules` or `/packages`, or one of the two; everything else is a file of a module. */
export function isFolder({ parts }: ImageEntry): boolean {
  return parts.module === "" || parts.module === MODULES || parts.module === PACKAGES;
}

const [MODULES, PACKAGES] = ["modules", "packages"];

/**
 * A directory lists where its entries are described; a package (`/packages/java.util`) lists the modules that have it,
 * two words each, the second of which says where the name is (ImageResourcesTree.java).
 */
export async function cutFolders(
  index: ImageIndex,
  {
    read,
    kept,
    modules,
  }: {
    readonly read: () => AsyncIterable<Uint8Array>;
    readonly kept: readonly ImageEntry[];
    readonly modules: ReadonlySet<string>;
  },
): Promise<CutFolders> {
  const all = index.entries.filter(isFolder).sort((a, b) => a.start - b.start);
  const words = new Map<ImageEntry, readonly number[]>();
  let at = 0;
  for await (const bytes of pickRanges(read(), all)) words.set(all[at++] as ImageEntry, wordsIn(bytes));
  const packages = all
    .filter(({ parts }) => parts.module === PACKAGES)
    .map((entry) => ({
      entry,
      owners: ownersIn(words.get(entry) ?? [], index).filter(({ name }) => modules.has(name)),
    }))
    .filter(({ owners }) => owners.length > 0);
  const folders = all.filter((entry) => entry.parts.module !== PACKAGES && isKept(entry, modules));
  const paths = new Map(
    [...kept, ...folders, ...packages.map(({ entry }) => entry)].map((one) => [one.place, one.path]),
  );
  const listed = folders.map((entry) => ({
    entry,
    children: (words.get(entry) ?? []).flatMap((place) => paths.get(place) ?? []),
  }));
  return {
    entries: [
      ...packages.map(({ entry, owners }) => ({ ...entry, size: owners.length * 8 })),
      ...listed.map(({ entry, children }) => ({ ...entry, size: children.length * 4 })),
    ],
    content: ({ textOffset, placeOf }) =>
      Buffer.concat([
        ...packages.map(({ owners }) =>
          wordsOf(owners.flatMap(({ flag, name }) => [flag, textOffset(name)])),
        ),
        ...listed.map(({ children }) => wordsOf(children.map((path) => placeOf.get(path) ?? 0))),
      ]),
  };
}

function wordsIn(bytes: Buffer): readonly number[] {
  return Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readInt32LE(4 * at));
}

/** `/modules`, `/packages`, and what is below a module that stays. */
function isKept({ parts }: ImageEntry, modules: ReadonlySet<string>): boolean {
  return (
    parts.module === "" ||
    modules.has((parts.parent === "" ? nameOf(parts) : parts.parent).split("/", 1)[0] as string)
  );
}

function nameOf({ base, extension }: ImageEntry["parts"]): string {
  return extension === "" ? base : `${base}.${extension}`;
}

interface Owner {
  /** Whether the package is empty in it. */
  readonly flag: number;
  readonly name: string;
}

function ownersIn(words: readonly number[], { text }: ImageIndex): readonly Owner[] {
  return Array.from({ length: words.length >> 1 }, (_, at) => ({
    flag: words[2 * at] as number,
    name: text(words[2 * at + 1] as number),
  }));
}
