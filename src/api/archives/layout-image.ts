import { isAbsolute, resolve } from "node:path";
import { decompressWithin, GROWTH_LIMIT } from "../../archive/index.ts";
import { defined, isDigest, lazyAsync } from "../../base/index.ts";
import { type ArchivedLayer, selectArchived } from "../../layout/index.ts";
import type { Descriptor, Platform } from "../../oci/index.ts";
import { cacheKey, type OpenOperation, openImage } from "../../solver/index.ts";
import type { ImageRecord, Store } from "../../store/index.ts";
import { seekableArchive } from "./archive-source.ts";
import { provenanceOf } from "./found-provenance.ts";
import { importImage } from "./import-image.ts";

const SCHEME = "oci-layout://";

/** An image that is somewhere in an OCI layout, as `oci-layout://FOLDER[:TAG|@DIGEST]` names it. */
export function isLayoutName(spec: string): boolean {
  return spec.startsWith(SCHEME);
}

/** The same with a whole path, because the engine works in a folder of its own. */
export function withWholeLayoutPath(spec: string): string {
  const path = spec.slice(SCHEME.length);
  return isAbsolute(path) ? spec : `${SCHEME}${resolve(path)}`;
}

/** What came of it, and how a layout has its layers. */
export interface LayoutImport {
  readonly record: ImageRecord;
  /** Bottom first; a docker archive does not describe them. */
  readonly layers?: readonly Descriptor[];
}

interface LayoutContext {
  readonly store: Store;
  readonly platform: Platform;
}

/**
 * Takes an image of a layout, or of any other archive that `load` takes, over into the store: its layers, verified, under
 * the digest of its config and without a name. What is there already is not read again. `resolve-*`, `integrity-*`.
 */
export async function importLayoutImage(
  spec: string,
  { store, platform }: LayoutContext,
  signal: AbortSignal,
): Promise<LayoutImport> {
  const { path, ...named } = split(spec.slice(SCHEME.length));
  await using scratch = await store.scratch();
  const growth = GROWTH_LIMIT;
  const seekable = await seekableArchive({ path }, { scratch: scratch.path, growth }, signal);
  const archived = await selectArchived(seekable, { ...named, platform }, signal);
  const image = {
    ...archived,
    provenance: await provenanceOf(archived),
    tar: (layer: ArchivedLayer) => decompressWithin(layer.bytes(), growth),
    storedAt: (created: number) => created,
  };
  const record = await importImage(store, image, signal);
  return { record, ...defined({ layers: archived.descriptors }) };
}

/** The image as a source of a build. */
export function layoutOperation(spec: string, context: LayoutContext, signal: AbortSignal): OpenOperation {
  const imported = lazyAsync(() => importLayoutImage(spec, context, signal));
  return {
    kind: "open",
    volatile: false,
    key: async () => cacheKey({ type: "image", id: (await imported()).record.id }),
    open: async () => (await openImage(context.store, (await imported()).record.id)).files,
  };
}

/** `:tag` and `@digest` stand behind the path, as behind any image's name. */
function split(text: string): { readonly path: string; readonly name?: string } {
  const at = text.lastIndexOf("@");
  if (at >= 0 && isDigest(text.slice(at + 1))) return { path: text.slice(0, at), name: text.slice(at + 1) };
  const colon = text.lastIndexOf(":");
  if (colon > text.lastIndexOf("/")) return { path: text.slice(0, colon), name: text.slice(colon + 1) };
  return { path: text };
}
