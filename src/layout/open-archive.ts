import { TareError } from "../base/index.ts";
import type { Platform } from "../oci/index.ts";
import type { ArchivedImage } from "./archived-image.ts";
import { dockerImages, readDockerManifest } from "./docker-archive.ts";
import { type NamedFiles, openFiles, readSmall } from "./files.ts";
import { layoutImages } from "./layout-images.ts";
import { type LayoutReader, layoutReader } from "./reader.ts";

/**
 * The images of a docker archive or an OCI layout: a folder, or an uncompressed tar. What is both is read as a layout,
 * with the names that either says. Of an image for several platforms it is the one for `platform`, or the only one that
 * there is unless the platform was asked for. `resolve-*`, `integrity-*`; a damaged layer shows when it is read.
 */
export async function readArchive(
  path: string,
  { platform, asked = false }: { readonly platform: Platform; readonly asked?: boolean },
): Promise<readonly ArchivedImage[]> {
  const files = await openFiles(path);
  const docker = await readDockerManifest(files);
  const layout = await openLayout(files);
  if (layout) return layoutImages(layout, { platform, asked, docker: docker ?? [] });
  if (docker) return dockerImages(files, docker);
  throw new TareError("integrity-archive", `${path} is neither a docker archive nor an OCI layout`, {
    hint: "it needs manifest.json, or oci-layout and index.json; `tare build - < FILE` takes a build context",
  });
}

/** A layout that names an image; some archives have an empty one beside what they mean. */
async function openLayout(files: NamedFiles): Promise<LayoutReader | undefined> {
  const marked = (await readSmall(files, "oci-layout")) && (await readSmall(files, "index.json"));
  return marked ? layoutReader(files) : undefined;
}
