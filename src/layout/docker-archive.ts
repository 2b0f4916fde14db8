import { hexOf, sha256, TareError } from "../base/index.ts";
import { parseReference, type Reference, withDefaultTag } from "../oci/index.ts";
import type { ArchivedImage } from "./archived-image.ts";
import { parseObject } from "./documents.ts";
import { type NamedFiles, readSmall } from "./files.ts";
import { cleanName } from "./tar-places.ts";

/** One line of `manifest.json` (Docker image spec 1.2, "Combined Image JSON + Filesystem Changeset Format"). */
export interface DockerLine {
  /** Where the config is. */
  readonly config: string;
  readonly names: readonly Reference[];
  /** Where the layers are, bottom first. */
  readonly layers: readonly string[];
}

/** What the `manifest.json` of an archive says; undefined when there is none. `integrity-archive` when it makes no sense. */
export async function readDockerManifest(files: NamedFiles): Promise<readonly DockerLine[] | undefined> {
  const bytes = await readSmall(files, "manifest.json");
  if (!bytes) return undefined;
  const lines = parseObject<unknown>(bytes, "manifest.json");
  if (!Array.isArray(lines)) throw broken("is not a list");
  return lines.map(lineOf);
}

function lineOf(value: unknown): DockerLine {
  const { Config, RepoTags, Layers } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof Config !== "string" || !isTexts(Layers) || !isTexts(RepoTags ?? []))
    throw broken("has a line without Config, RepoTags and Layers");
  return {
    config: cleanName(Config),
    names: ((RepoTags ?? []) as readonly string[]).map(nameOf),
    layers: Layers.map(cleanName),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function nameOf(text: string): Reference {
  try {
    return withDefaultTag(parseReference(text));
  } catch (cause) {
    throw broken(`has the name ${JSON.stringify(text)}`, cause);
  }
}

/** The images of a docker archive that is nothing else: what Docker before 25, Podman and Kaniko write. */
export async function dockerImages(
  files: NamedFiles,
  lines: readonly DockerLine[],
): Promise<readonly ArchivedImage[]> {
  const images: ArchivedImage[] = [];
  for (const { config, names, layers } of lines) {
    for (const layer of layers)
      if ((await files.size(layer)) === undefined) throw broken(`names ${layer}, which the archive lacks`);
    images.push({
      config: await readConfig(files, config),
      layers: layers.map((layer) => ({ bytes: () => files.open(layer) })),
      names,
    });
  }
  return images;
}

/** Writers call a config by its digest, in one form or another. */
async function readConfig(files: NamedFiles, name: string): Promise<Uint8Array> {
  const bytes = await readSmall(files, name);
  if (!bytes) throw broken(`names ${name}, which the archive lacks`);
  const said = /(?:^|[:/])([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1];
  parseObject(bytes, name);
  if (said === undefined || said === hexOf(sha256(bytes))) return bytes;
  throw new TareError("integrity-digest", `${name} of the archive has the digest ${sha256(bytes)}`, {
    hint: "the archive is damaged: make or copy it again",
  });
}

function broken(why: string, cause?: unknown): TareError {
  return new TareError("integrity-archive", `manifest.json of the archive ${why}`, {
    hint: "make the archive again, for example with `docker save`",
    cause,
  });
}
