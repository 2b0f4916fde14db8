import { assertNever, TareError } from "../base/index.ts";
import type { Descriptor } from "../oci/index.ts";
import { dockerExporter } from "./docker.ts";
import { exportLayouts } from "./layout.ts";
import { localExporter } from "./local.ts";
import { ociExporter } from "./oci.ts";
import { tarExporter } from "./tar.ts";
import type { Exporter, ExportImage, ExportRequest } from "./types.ts";

/**
 * Writes an image as the request says, and gives the descriptor of its manifest when the output has one.
 * `user-bad-flag` for a request that can not be, `user-conflict` for a destination that is in the way,
 * `environment-disk` for one that can not be written; the old destination is left as it was, except
 * that of `local`, which is a folder that files are added to.
 */
export async function exportImage(
  image: ExportImage,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  if (request.dest === "")
    throw new TareError("user-bad-flag", `output type=${request.type} has an empty dest`, {
      hint: `write -o type=${request.type},dest=PATH`,
    });
  return exporterFor(request).export(image, signal);
}

/** Writes several images as one docker archive or OCI layout, the same way; one alone as `exportImage` does. */
export async function exportImages(
  images: readonly ExportImage[],
  request: ExportRequest & { readonly type: "oci" | "docker" },
  signal: AbortSignal,
): Promise<void> {
  const [only, ...more] = images;
  if (only && more.length === 0) {
    await exportImage(only, request, signal);
    return;
  }
  const docker = request.type === "docker";
  await exportLayouts(images, { request, docker, compression: docker ? "uncompressed" : "gzip" }, signal);
}

/** The exporter of a request's type. */
function exporterFor(request: ExportRequest): Exporter {
  switch (request.type) {
    case "oci":
      return ociExporter(request);
    case "docker":
      return dockerExporter(request);
    case "tar":
      return tarExporter(request);
    case "local":
      return localExporter(request);
    case "image":
      return { export: async () => undefined };
    default:
      return assertNever(request.type);
  }
}
