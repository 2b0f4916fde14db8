import { exportLayout } from "./layout.ts";
import type { Exporter, ExportRequest } from "./types.ts";

/** An OCI image layout, as a tar or a folder; layers gzip unless asked otherwise. */
export function ociExporter(request: ExportRequest): Exporter {
  return {
    export: (image, signal) =>
      exportLayout(image, { request, docker: false, compression: request.compression ?? "gzip" }, signal),
  };
}
