import { exportLayout } from "./layout.ts";
import type { Exporter, ExportRequest } from "./types.ts";

/**
 * A docker archive, which `docker load` reads, and which is an OCI image layout at the same time. Layers
 * are not compressed unless asked, because `docker load` would only have to undo it.
 */
export function dockerExporter(request: ExportRequest): Exporter {
  return {
    export: (image, signal) =>
      exportLayout(
        image,
        { request, docker: true, compression: request.compression ?? "uncompressed" },
        signal,
      ),
  };
}
