import { ESTARGZ_TABLE } from "../archive/index.ts";
import { lazyAsync, TareError } from "../base/index.ts";
import { type Entry, type LayerIndex, sameFacts } from "../tree/index.ts";
import type { BroughtFiles, LayerListing } from "./layer-listing.ts";
import type { StoredLayer } from "./types.ts";

/** The list of a layer that is elsewhere, believed until the layer itself is here. */
export interface BelievedList {
  /** Undefined when it can not be had or used: then only the layer itself tells what is in it. */
  read(): Promise<LayerListing | undefined>;
  /** Holds what somebody was told against the layer: `integrity-archive` when that is another one. */
  confirm(layer: StoredLayer): Promise<void>;
}

export function believedList(open: () => Promise<LayerListing>): BelievedList {
  let isTold = false;
  const read = lazyAsync(async () => {
    isTold = true;
    return open().catch(orNothing);
  });
  return {
    read,
    async confirm(layer) {
      const listing = isTold ? await read() : undefined;
      const path = listing && firstLie(listing.index, await layer.index());
      if (path === undefined) return;
      throw new TareError(
        "integrity-archive",
        `layer ${layer.id} has something else at /${path} than the table of contents that its manifest names`,
        { hint: "tell who made the image; after `tare pull NAME` it is read without that table" },
      );
    },
  };
}

/** How a layer that is elsewhere is listed, and how it is brought here. */
export interface ListedLayerOptions {
  readonly list: BelievedList;
  readonly whole: () => Promise<StoredLayer>;
  /** Whether somebody has asked for all of it: then that is what counts. */
  readonly isWanted: () => boolean;
}

/**
 * A late layer of which single files can be had: what is in it is told by its list as long as nobody needs the whole, and
 * files are fetched by themselves while they are few. What can not be had so, or is another content, brings the whole.
 */
export function listedLayer(late: StoredLayer, { list, whole, isWanted }: ListedLayerOptions): StoredLayer {
  const current = async () => (isWanted() ? undefined : list.read());
  const byPath = lazyAsync(async () => {
    const { entries } = await (await whole()).index();
    return new Map(entries.map((entry) => [entry.path, entry]));
  });
  const brought = new Set<BroughtFiles>();

  /** Undefined when the whole layer is here instead. */
  async function bring(entries: readonly Entry[]): Promise<BroughtFiles | undefined> {
    const files = await (await current())?.bring(entries).catch(orNothing);
    if (files) brought.add(files);
    else await whole();
    return files;
  }

  async function drop(files: BroughtFiles | undefined): Promise<void> {
    if (files && brought.delete(files)) await files[Symbol.asyncDispose]();
  }

  async function* read(entry: Entry): AsyncGenerator<Uint8Array> {
    const near = [...brought].find((files) => files.has(entry));
    if (near) return yield* near.read(entry);
    const files = entry.kind === "file" ? await bring([entry]) : undefined;
    try {
      yield* files ? files.read(entry) : readWhole(entry);
    } finally {
      await drop(files);
    }
  }

  /** The entry may be that of the list, which does not know where the file is in the tar. */
  async function* readWhole(entry: Entry): AsyncGenerator<Uint8Array> {
    yield* (await whole()).read((await byPath()).get(entry.path) ?? entry);
  }

  return {
    ...late,
    index: async () => (await current())?.index ?? late.index(),
    async contentDigests(entries) {
      const known = entries.flatMap(({ path, digest }) => (digest ? [[path, digest] as const] : []));
      return known.length === entries.length ? new Map(known) : late.contentDigests(entries);
    },
    read,
    async bring(entries) {
      const files = entries.length > 0 ? await bring(entries) : undefined;
      return { [Symbol.asyncDispose]: () => drop(files) };
    },
  };
}

function orNothing(error: unknown): undefined {
  if (error instanceof TareError && error.code !== "user-cancelled") return undefined;
  throw error;
}

/** Where a list and the layer say different things; times are rounded in lists. */
export function firstLie(list: LayerIndex, layer: LayerIndex): string | undefined {
  const [told, found] = [list, layer].map(({ entries }) =>
    entries.filter(({ path }) => path !== ESTARGZ_TABLE),
  ) as [Entry[], Entry[]];
  for (let at = 0; at < Math.max(told.length, found.length); at++) {
    const [a, b] = [told[at], found[at]];
    const isSame = a && b && a.path === b.path && a.digest === b.digest && sameFacts(a, b);
    if (!isSame) return (a ?? b)?.path;
  }
  return undefined;
}
