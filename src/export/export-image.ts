import { assertNever, TareError } from "../base/index.ts";
import type { Descriptor } from "../oci/index.ts";
import { dockerExporter } from "./docker.ts";
import { exportIndexLayout, exportLayouts } from "./layout.ts";
import { localExporter } from "./local.ts";
import { ociExporter } from "./oci.ts";
import { exportFiles } from "./split.ts";
import { tarExporter } from "./tar.ts";
import type { Exporter, ExportImage, ExportIndex, ExportRequest } from "./types.ts";

/**
 * Writes an image as the request says, and gives the descriptor of its manifest when the output has one.
 * `user-bad-flag` for a request that can not be, `user-conflict` for a destination that is in the way,
 * `environment-disk` for one that can not be written; the old destination is left as it was, except
 * that of `local`, which is a folder that files are added to.
 */
export async function exportImage(
  image: ExportImage | ExportIndex,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  if (request.dest === "")
    throw new TareError("user-bad-flag", `output type=${request.type} has an empty dest`, {
      hint: `write -o type=${request.type},dest=PATH`,
    });
  return "images" in image ? exportIndex(image, request, signal) : exporterFor(request).export(image, signal);
}

async function exportIndex(
  index: ExportIndex,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  const { type, compression = "gzip" } = request;
  switch (type) {
    case "oci":
      return exportIndexLayout(index, { request, docker: false, compression }, signal);
    case "tar":
    case "local":
      await exportFiles(index, { ...request, type }, signal);
      return undefined;
    case "docker":
      throw noDockerIndex();
    case "image":
      return undefined;
    default:
      return assertNever(type);
  }
}

/** `user-unsupported`, in BuildKit's words: a docker archive is of one platform. */
export function noDockerIndex(): TareError {
  return new TareError(
    "user-unsupported",
    "docker exporter does not currently support exporting manifest lists",
    {
      hint: "write -o type=oci, which `docker load` of Docker 25 and later takes as well, or build for one platform",
    },
  );
}

/** Writes several images as one docker archive or OCI layout, the same way; one alone as `exportImage` does. */
export async function exportImages(
  images: readonly (ExportImage | ExportIndex)[],
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
