import { throwIfCancelled } from "../base/index.ts";
import { describeLayout, type Layout, layoutTar, writeLayoutFolder } from "../layout/index.ts";
import { type Descriptor, parseReference } from "../oci/index.ts";
import { folderOf, isRewritable, writeDestination } from "./destination.ts";
import { prepareLayers } from "./layers.ts";
import { type Describe, writeInOnePass } from "./one-pass.ts";
import type { ExportImage, ExportRequest } from "./types.ts";

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
      ? await writeInOnePass(request.dest as string, { image, describe: describing(image, options) }, signal)
      : await writePrepared(image, options, signal);
  return layout.descriptor;
}

function describing(image: ExportImage, { docker }: LayoutOptions): Describe {
  const names = image.names.map(parseReference);
  const attachments = docker ? [] : (image.attachments ?? []);
  return (layers, diffIds) =>
    describeLayout({ config: image.config(diffIds), layers, names, attachments }, { docker });
}

/** Prepare the layers, describe, write. */
async function writePrepared(
  image: ExportImage,
  options: LayoutOptions,
  signal: AbortSignal,
): Promise<Layout> {
  const { request, compression } = options;
  const folder = request.tar === false ? folderOf(request) : undefined;
  const describe = describing(image, options);
  const layers = await prepareLayers(image.layers, { ...request, compression }, signal);
  const layout = describe(layers, await Promise.all(image.layers.map((layer) => layer.diffId())));
  if (folder !== undefined) await writeLayoutFolder(folder, layout, signal);
  else await writeDestination(layoutTar(layout, signal), request, signal);
  return layout;
}
