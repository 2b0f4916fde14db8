import { join } from "node:path";
import { TareError } from "../base/index.ts";
import { formatPlatform } from "../oci/index.ts";
import { walkTree } from "../tree/index.ts";
import { folderOf } from "./destination.ts";
import { localExporter } from "./local.ts";
import { openRootFiles } from "./root-files.ts";
import { exportTars } from "./tar.ts";
import type { ExportIndex, ExportRequest } from "./types.ts";

/**
 * The files of an image for several platforms: each in a folder of its own, `linux_arm64/`, or with `platformSplit: false`
 * all in one, where no two platforms may have a file of the same name: `user-conflict`.
 */
export async function exportFiles(
  { images }: ExportIndex,
  request: ExportRequest & { readonly type: "tar" | "local" },
  signal: AbortSignal,
): Promise<void> {
  const isSplit = request.platformSplit !== false;
  const parts = images.map((image) => ({
    image,
    folder: isSplit ? formatPlatform(image.platform).replaceAll("/", "_") : "",
  }));
  if (!isSplit) await refuseCollisions(images, request);
  if (request.type === "tar") return exportTars(parts, request, signal);
  const folder = folderOf(request);
  for (const part of parts) {
    const dest = join(folder, part.folder);
    await localExporter({ ...request, dest }).export(part.image, signal);
  }
}

async function refuseCollisions(images: ExportIndex["images"], request: ExportRequest): Promise<void> {
  const seen = new Map<string, string>();
  for (const image of images) {
    const platform = formatPlatform(image.platform);
    const { tree } = await openRootFiles(image, request);
    for (const { entry } of walkTree(tree)) {
      if (entry.kind === "dir") continue;
      const other = seen.get(entry.path);
      if (other !== undefined)
        throw new TareError(
          "user-conflict",
          `cannot overwrite ${entry.path} from ${other} with ${platform} when split option is disabled`,
          { hint: "leave out platform-split=false: each platform has a folder of its own then" },
        );
      seen.set(entry.path, platform);
    }
  }
}
