import type { Digest } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import type { TableOfContents } from "../oci/index.ts";
import { type Bytes, type Entry, indexFromToc, type LayerIndex, type Piece } from "../tree/index.ts";
import { gatherContents, spansOf } from "./layer-pieces.ts";
import { type LayerParts, layerTable } from "./layer-table.ts";
import { layerReader } from "./read-layer.ts";
import type { Scratch } from "./store.ts";

/** What is in a layer that is elsewhere, by its table of contents: who trusts its manifest may believe it. */
export interface LayerListing {
  readonly index: LayerIndex;
  /** Has these files at hand; undefined when the whole layer is had as soon. `integrity-*` when they are others. */
  bring(entries: readonly Entry[]): Promise<BroughtFiles | undefined>;
}

/** Files of a layer, until disposed. */
export interface BroughtFiles extends AsyncDisposable {
  has(entry: Entry): boolean;
  read(entry: Entry): Bytes;
}

/** What opening a table of contents needs. */
export interface ListingPlace {
  readonly toc: TableOfContents;
  readonly blobs: BlobStore;
  readonly scratch: () => Promise<Scratch>;
  /** Does the fetching of so many bytes, and has them counted; default without telling anybody. */
  readonly transfer?: Transfer;
}

export type Transfer = <T>(
  total: number,
  work: (onBytes: (count: number) => void) => Promise<T>,
) => Promise<T>;

/** Reads a layer's table of contents. Errors as of `layerTable`; `integrity-archive` for one that is odd. */
export async function openListing(
  layer: LayerParts,
  { toc, blobs, scratch, transfer = (_total, work) => work(() => undefined) }: ListingPlace,
): Promise<LayerListing> {
  const json = await layerTable(layer, { toc, blobs });
  const { index, contents } = indexFromToc(json, { type: toc.type, size: layer.size });
  return {
    index,
    async bring(entries) {
      const wanted = wantedContents(entries, contents);
      const spans = wanted && spansOf([...wanted.values()].flat(), layer);
      if (!spans) return undefined;
      const total = spans.reduce((sum, { start, end }) => sum + end - start, 0);
      const place = { contents: wanted, spans, scratch: await scratch() };
      return transfer(total, (onBytes) => gathered(counting(layer, onBytes), place));
    },
  };
}

function counting({ size, readPart }: LayerParts, onBytes: (count: number) => void): LayerParts {
  async function* counted(offset: number, length: number): AsyncGenerator<Uint8Array> {
    for await (const chunk of readPart(offset, length)) {
      yield chunk;
      onBytes(chunk.length);
    }
  }
  return { size, readPart: counted };
}

/** Undefined when the table does not say where one of them is. */
function wantedContents(
  entries: readonly Entry[],
  contents: ReadonlyMap<Digest, readonly Piece[]>,
): ReadonlyMap<Digest, readonly Piece[]> | undefined {
  const wanted = new Map<Digest, readonly Piece[]>();
  for (const { size, digest } of entries) {
    const pieces = digest && contents.get(digest);
    if (pieces) wanted.set(digest, pieces);
    else if (size > 0) return undefined;
  }
  return wanted;
}

async function gathered(
  layer: LayerParts,
  {
    scratch,
    ...wanted
  }: Omit<Parameters<typeof gatherContents>[1], "folder"> & { readonly scratch: Scratch },
): Promise<BroughtFiles> {
  try {
    const { path, offsets } = await gatherContents(layer, { ...wanted, folder: scratch.path });
    const placeOf = ({ digest }: Entry) => (digest === undefined ? undefined : offsets.get(digest));
    const read = layerReader({ form: "tar", tar: path }, async () => ({ entries: [] }));
    return {
      has: (entry) => entry.kind === "file" && (entry.size === 0 || placeOf(entry) !== undefined),
      read: (entry) => read({ ...entry, offset: placeOf(entry) ?? 0 }),
      [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
    };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}
