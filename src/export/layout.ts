import { throwIfCancelled } from "../base/index.ts";
import { describeLayout, layoutTar, writeLayoutFolder } from "../layout/index.ts";
import { type Descriptor, parseReference } from "../oci/index.ts";
import { folderOf, writeDestination } from "./destination.ts";
import { prepareLayers } from "./layers.ts";
import type { ExportImage, ExportRequest } from "./types.ts";

/** The common way of the two outputs that are layouts: prepare the layers, describe, write. */
export async function exportLayout(
  image: ExportImage,
  options: {
    readonly request: ExportRequest;
    readonly docker: boolean;
    readonly compression: "gzip" | "uncompressed";
  },
  signal: AbortSignal,
): Promise<Descriptor> {
  const { request, docker, compression } = options;
  throwIfCancelled(signal);
  const folder = request.tar === false ? folderOf(request) : undefined;
  const layers = await prepareLayers(image.layers, { ...request, compression }, signal);
  const names = image.names.map(parseReference);
  const attachments = docker ? [] : (image.attachments ?? []);
  const layout = describeLayout({ config: image.config, layers, names, attachments }, { docker });
  if (folder !== undefined) await writeLayoutFolder(folder, layout, signal);
  else await writeDestination(layoutTar(layout, signal), request, signal);
  return layout.descriptor;
}
