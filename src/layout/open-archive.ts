import { sha256, TareError } from "../base/index.ts";
import type { Platform } from "../oci/index.ts";
import type { ArchivedImage } from "./archived-image.ts";
import { dockerImages, readDockerManifest } from "./docker-archive.ts";
import { type NamedFiles, openFiles, readSmall } from "./files.ts";
import { layoutReferrers } from "./find-referrers.ts";
import { layoutImages } from "./layout-images.ts";
import { type LayoutReader, layoutReader } from "./reader.ts";
import { selectImage } from "./select.ts";

/**
 * The images of a docker archive or an OCI layout: a folder, or an uncompressed tar. What is both is read as a layout,
 * with the names that either says. Of an image for several platforms it is the one for `platform` where that was asked for,
 * else all that the archive has, each with the names of all. `resolve-*`, `integrity-*`; a damaged layer shows when it is read.
 */
export async function readArchive(
  path: string,
  { platform, asked = false }: { readonly platform: Platform; readonly asked?: boolean },
  signal?: AbortSignal,
): Promise<readonly ArchivedImage[]> {
  const files = await openFiles(path, signal);
  const docker = await readDockerManifest(files);
  const layout = await openLayout(files);
  if (layout) return layoutImages(layout, { platform, asked, docker: docker ?? [] });
  if (docker) return dockerImages(files, docker);
  throw neither();
}

/**
 * The image of such an archive that has a name: a tag or a digest. Without one the archive must have one image alone.
 * `resolve-*`, `integrity-*`.
 */
export async function selectArchived(
  path: string,
  { name, platform }: { readonly name?: string; readonly platform: Platform },
  signal: AbortSignal,
): Promise<ArchivedImage> {
  const files = await openFiles(path, signal);
  const reader = await openLayout(files);
  if (reader) {
    const wanted = { platform, ...(name !== undefined && { name }) };
    const { config, layers, descriptor } = await selectImage(reader, wanted);
    const found = layers.map((layer) => ({ bytes: () => reader.blob(layer) }));
    const whence = { manifest: descriptor.digest, reader, referrers: () => layoutReferrers(reader) };
    return { config, layers: found, names: [], descriptors: layers, ...whence };
  }
  const docker = await readDockerManifest(files);
  if (!docker) throw neither();
  const images = (await dockerImages(files, docker)).filter(
    (image) =>
      name === undefined || sha256(image.config) === name || image.names.some(({ tag }) => tag === name),
  );
  const [only, ...more] = images;
  if (only && more.length === 0) return only;
  const problem = only ? "has more than one of" : "does not have";
  throw new TareError("resolve-image", `the docker archive ${problem} ${name ?? "an image"}`, {
    hint: only ? "take them over with `tare load`, and give the name of one" : "check the name",
  });
}

function neither(): TareError {
  return new TareError("integrity-archive", "the archive is neither a docker archive nor an OCI layout", {
    hint: "it needs manifest.json, or oci-layout and index.json; `tare build - < FILE` takes a build context",
  });
}

/** A layout that names an image; some archives have an empty one beside what they mean. */
async function openLayout(files: NamedFiles): Promise<LayoutReader | undefined> {
  const marked = (await readSmall(files, "oci-layout")) && (await readSmall(files, "index.json"));
  return marked ? layoutReader(files) : undefined;
}
