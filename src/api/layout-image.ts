import { isAbsolute, resolve } from "node:path";
import { decompressWithin } from "../archive/index.ts";
import { isDigest, lazyAsync } from "../base/index.ts";
import { openOciLayout, selectImage } from "../layout/index.ts";
import type { Descriptor, Platform } from "../oci/index.ts";
import { cacheKey, type OpenOperation, openImage } from "../solver/index.ts";
import type { ImageRecord, Store } from "../store/index.ts";
import { provenanceInLayout } from "./found-provenance.ts";
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

/** What came of it, and how the layout has its layers. */
export interface LayoutImport {
  readonly record: ImageRecord;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
}

/**
 * Takes an image of a layout over into the store: its layers, verified, under the digest of its config and without a
 * name. What is there already is not read again. `resolve-*`, `integrity-*`.
 */
export async function importLayoutImage(
  spec: string,
  { store, platform }: { readonly store: Store; readonly platform: Platform },
): Promise<LayoutImport> {
  const { path, name } = split(spec.slice(SCHEME.length));
  const reader = await openOciLayout(path);
  const source = await selectImage(reader, { platform, ...(name !== undefined && { name }) });
  const subject = source.descriptor.digest;
  const image = {
    config: source.config,
    layers: source.layers,
    manifest: subject,
    provenance: await provenanceInLayout(reader, { subject, layers: source.layers.length }),
    tar: (layer: Descriptor) => decompressWithin(reader.blob(layer)),
    storedAt: (created: number) => created,
  };
  return {
    record: await importImage(store, image, new AbortController().signal),
    layers: source.layers,
  };
}

/** The image as a source of a build. */
export function layoutOperation(
  spec: string,
  context: { readonly store: Store; readonly platform: Platform },
): OpenOperation {
  const imported = lazyAsync(() => importLayoutImage(spec, context));
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
