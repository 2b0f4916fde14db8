import { defined, lazyAsync, mapConcurrent, TareError } from "../base/index.ts";
import {
  canonicalName,
  type Descriptor,
  type Index,
  linePlatform,
  type Manifest,
  type Platform,
  parseReference,
  type Reference,
  statedAddresses,
  withDefaultTag,
} from "../oci/index.ts";
import type { ArchivedImage, ArchivedLayer } from "./archived-image.ts";
import { blobPath } from "./blob.ts";
import { choosePlatform, everyPlatform, onlyIndex } from "./choose-platform.ts";
import type { DockerLine } from "./docker-archive.ts";
import { collectBlob, descriptorsOf, parseObject } from "./documents.ts";
import { layoutReferrers } from "./find-referrers.ts";
import type { LayoutReader } from "./reader.ts";

interface Wanted {
  readonly platform: Platform;
  /** Whether the platform was asked for. */
  readonly asked: boolean;
  /** What the `manifest.json` beside the layout says. */
  readonly docker: readonly DockerLine[];
}

/**
 * All images of a layout, each once, with all of its names; documents about images are left out. `resolve-image` when
 * one is for several platforms and none of them fits; `integrity-*` when what the layout says can not be.
 */
export async function layoutImages(reader: LayoutReader, wanted: Wanted): Promise<readonly ArchivedImage[]> {
  const index = parseObject<Index>((await reader.file("index.json")) as Uint8Array, "index.json");
  const images = new Map<string, ArchivedImage>();
  const referrers = lazyAsync(() => layoutReferrers(reader));
  for (const { name, lines } of groups(descriptorsOf(index.manifests, "index.json"))) {
    const found = await imagesOf(reader, { ...wanted, lines, what: name ?? "an image" });
    const own = name === undefined ? [] : namesIn(name);
    for (const image of found) {
      const key = keyOf(image);
      const names = [...(images.get(key) ?? image).names, ...own];
      images.set(key, { ...image, referrers, names: withoutRepeats(names) });
    }
  }
  return [...images.values()];
}

/** One manifest may be there for several platforms, and in several indexes. */
function keyOf({ manifest, platform, index }: ArchivedImage): string {
  return JSON.stringify([manifest, platform, index?.digest]);
}

/** The images of a group: the one that is asked for, else all that there are. */
async function imagesOf(
  reader: LayoutReader,
  group: Wanted & { readonly lines: readonly Descriptor[]; readonly what: string },
): Promise<readonly ArchivedImage[]> {
  const { asked, docker, lines } = group;
  const all = asked ? [] : await everyPlatform(reader, lines);
  const only = all.length > 0 ? undefined : await choosePlatform(reader, group);
  const wanted = only ? [only] : all;
  const index = asked ? undefined : onlyIndex(lines);
  const found = await mapConcurrent(wanted, AT_ONCE, (line) => imageAt(reader, { line, index, docker }));
  return found.filter((image) => image !== undefined);
}

const AT_ONCE = 8;

interface Group {
  readonly name?: string;
  readonly lines: readonly Descriptor[];
}

/** Lines of one name are one image for several platforms; so are those without a name if their platforms differ. */
function groups(lines: readonly Descriptor[]): readonly Group[] {
  const named = new Map<string, Descriptor[]>();
  const nameless: Descriptor[] = [];
  for (const line of lines) {
    const name = nameOf(line);
    if (name === undefined) nameless.push(line);
    else named.set(name, [...(named.get(name) ?? []), line]);
  }
  const platforms = new Set(nameless.map(({ platform }) => platform && JSON.stringify(platform)));
  const isOne = platforms.size === nameless.length && !platforms.has(undefined);
  return [
    ...[...named].map(([name, own]) => ({ name, lines: own })),
    ...(isOne ? [{ lines: nameless }] : nameless.map((line) => ({ lines: [line] }))),
  ];
}

function nameOf({ annotations }: Descriptor): string | undefined {
  // Go writes null for what is not there.
  const name: unknown =
    annotations?.["io.containerd.image.name"] ?? annotations?.["org.opencontainers.image.ref.name"];
  return typeof name === "string" ? name : undefined;
}

/** A whole name; a tag alone, as skopeo and umoci write it, says nothing of the repository. */
function namesIn(name: string): readonly Reference[] {
  if (!/[:/]/.test(name)) return [];
  try {
    return [withDefaultTag(parseReference(name))];
  } catch (cause) {
    throw new TareError("integrity-archive", `index.json has the name ${JSON.stringify(name)}`, { cause });
  }
}

function withoutRepeats(names: readonly Reference[]): readonly Reference[] {
  return [...new Map(names.map((name) => [canonicalName(name), name])).values()];
}

/** Undefined for a document about an image. */
async function imageAt(
  reader: LayoutReader,
  {
    line,
    index,
    docker,
  }: {
    readonly line: Descriptor;
    readonly index: Descriptor | undefined;
    readonly docker: readonly DockerLine[];
  },
): Promise<ArchivedImage | undefined> {
  const what = `manifest ${line.digest}`;
  const manifestBytes = await collectBlob(reader, line);
  const manifest = parseObject<Manifest>(manifestBytes, what);
  if (manifest.subject || manifest.artifactType) return undefined;
  const [config] = descriptorsOf([manifest.config], what) as readonly [Descriptor];
  const bytes = await collectBlob(reader, config);
  parseObject(bytes, `image config ${config.digest}`);
  const layers: ArchivedLayer[] = [];
  const descriptors = descriptorsOf(manifest.layers, what);
  for (const layer of descriptors) layers.push(await layerAt(reader, layer));
  const path = blobPath(config.digest);
  const names = docker.filter((one) => one.config === path).flatMap((one) => one.names);
  const platform = linePlatform(line);
  const whence = { manifest: line.digest, manifestBytes, reader, ...defined({ platform, index }) };
  return { config: bytes, layers, names, descriptors, ...whence };
}

async function layerAt(reader: LayoutReader, layer: Descriptor): Promise<ArchivedLayer> {
  const { digest, size } = layer;
  const there = await reader.blobSize(digest);
  if (there === size) return { bytes: () => reader.blob(layer) };
  if (there !== undefined)
    throw new TareError("integrity-archive", `layer ${digest} has ${there} bytes, not ${size}`, {
      hint: "the archive is damaged: make or copy it again",
    });
  // Fetching what an archive names would let whoever made it send requests from here.
  throw new TareError("integrity-archive", `the archive lacks layer ${digest}${statedAddresses(layer)}`, {
    hint: "pull the image from its registry, or save it again with all of its layers",
  });
}
