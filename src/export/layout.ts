import { defined, makeDirectories, throwIfCancelled } from "../base/index.ts";
import {
  describeIndexLayout,
  describeLayout,
  describeLayouts,
  documentsLeft,
  type Layout,
  type LayoutFiles,
  type LayoutImage,
  type LayoutIndex,
  layoutTar,
  writeLayoutFolder,
} from "../layout/index.ts";
import { type Descriptor, parseReference } from "../oci/index.ts";
import { folderMode, folderOf, isRewritable, writeDestination } from "./destination.ts";
import { prepareLayers } from "./layers.ts";
import { type Describe, writeInOnePass } from "./one-pass.ts";
import type { ExportImage, ExportIndex, ExportRequest } from "./types.ts";

interface LayoutOptions {
  readonly request: ExportRequest;
  readonly docker: boolean;
  readonly compression: "gzip" | "uncompressed";
}

/**
 * The common way of the two outputs that are layouts. Layers that are not compressed go into a file while their
 * digests are found; a folder, a pipe and standard output need the digests first. The bytes are the same.
 */
export async function exportLayout(
  image: ExportImage,
  options: LayoutOptions,
  signal: AbortSignal,
): Promise<Descriptor> {
  throwIfCancelled(signal);
  const { request, compression } = options;
  const inOnePass = compression === "uncompressed" && request.tar !== false;
  const layout =
    inOnePass && (await isRewritable(request.dest))
      ? await writeInOnePass(
          { ...request, dest: request.dest as string },
          { image, describe: describing(image, options) },
          signal,
        )
      : await writePrepared(image, options, signal);
  return layout.descriptor;
}

function describing(image: ExportImage, { docker }: LayoutOptions): Describe {
  const names = image.names.map(parseReference);
  const besides = besidesOf(image, docker);
  return (layers, diffIds) =>
    describeLayout({ config: image.config(diffIds), layers, names, ...besides }, { docker });
}

/** Prepare the layers, describe, write. */
async function writePrepared(
  image: ExportImage,
  options: LayoutOptions,
  signal: AbortSignal,
): Promise<Layout> {
  const { request, compression } = options;
  if (request.tar === false) folderOf(request);
  const describe = describing(image, options);
  const layers = await prepareLayers(
    image.layers,
    { ...request, compression, originals: originalsOf(image) },
    signal,
  );
  const layout = describe(layers, await Promise.all(image.layers.map((layer) => layer.diffId())));
  await writeLayout(layout, request, signal);
  return layout;
}

/** What stands beside an image; a docker archive has no place for documents. */
function besidesOf(
  { attachments = [], annotations = [], manifest, platform }: ExportImage,
  docker: boolean,
): Pick<LayoutImage, "attachments" | "annotations" | "manifest" | "platform"> {
  return { attachments: docker ? [] : attachments, annotations, ...defined({ manifest, platform }) };
}

/** How the image's layers came, by their ids. */
function originalsOf({ layers, manifest }: ExportImage): ReadonlyMap<string, Descriptor> {
  const known = layers.map(({ id }, at) => [id, manifest?.json.layers[at]] as const);
  return new Map(known.filter((one): one is readonly [string, Descriptor] => one[1] !== undefined));
}

/** An image for several platforms as an OCI layout. */
export async function exportIndexLayout(
  index: ExportIndex,
  options: LayoutOptions,
  signal: AbortSignal,
): Promise<Descriptor> {
  if (options.request.tar === false) folderOf(options.request);
  const layout = describeIndexLayout(await layoutIndex(index, options, signal));
  await writeLayout(layout, options.request, signal);
  return layout.descriptor;
}

/** Several images in one layout; layers that they share are there once. */
export async function exportLayouts(
  images: readonly (ExportImage | ExportIndex)[],
  options: LayoutOptions,
  signal: AbortSignal,
): Promise<void> {
  const { request, docker } = options;
  if (request.tar === false) folderOf(request);
  const described: (LayoutImage | LayoutIndex)[] = [];
  for (const image of images)
    described.push(
      "images" in image
        ? await layoutIndex(image, options, signal)
        : await layoutImage(image, options, signal),
    );
  await writeLayout(describeLayouts(described, { docker }), request, signal);
}

async function layoutIndex(
  { images, names, annotations = [], kept }: ExportIndex,
  options: LayoutOptions,
  signal: AbortSignal,
): Promise<LayoutIndex> {
  const described: LayoutImage[] = [];
  for (const image of images) described.push(await layoutImage(image, options, signal));
  return { images: described, names: names.map(parseReference), annotations, ...defined({ kept }) };
}

async function layoutImage(
  image: ExportImage,
  { request, docker, compression }: LayoutOptions,
  signal: AbortSignal,
): Promise<LayoutImage> {
  const options = { ...request, compression, originals: originalsOf(image) };
  const layers = await prepareLayers(image.layers, options, signal);
  const config = image.config(await Promise.all(image.layers.map((layer) => layer.diffId())));
  return { config, layers, names: image.names.map(parseReference), ...besidesOf(image, docker) };
}

async function writeLayout(layout: LayoutFiles, request: ExportRequest, signal: AbortSignal): Promise<void> {
  if (request.tar === false) {
    const folder = folderOf(request);
    // Who writes into it says what is wrong with it.
    await makeDirectories(folder, folderMode(request)).catch(() => undefined);
    await writeLayoutFolder(folder, layout, signal);
  } else await writeDestination(layoutTar(layout, signal), request, signal);
  const { left = 0 } = layout;
  if (left > 0) request.onNotice?.({ code: "documents-left", message: documentsLeft(left) });
}
