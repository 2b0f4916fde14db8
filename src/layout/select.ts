import { isDigest, sha256, TareError } from "../base/index.ts";
import {
  type Descriptor,
  formatPlatform,
  type Index,
  type Manifest,
  MEDIA_TYPE,
  type Platform,
  samePlatform,
} from "../oci/index.ts";
import type { LayoutReader } from "./reader.ts";

/** An image of a layout: raw bytes, and where its layers are. */
export interface LayoutImageSource {
  readonly descriptor: Descriptor;
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  /** Bottom first; their bytes are in the reader's `blob`. */
  readonly layers: readonly Descriptor[];
}

/**
 * Finds an image in a layout. `name` is a tag, a complete name or a digest; without one the layout must
 * have one image alone. Indexes in the index are followed to the platform. `resolve-image` when there
 * is no such image, `integrity-*` when what the layout says can not be.
 */
export async function selectImage(
  reader: LayoutReader,
  { name, platform }: { readonly name?: string; readonly platform: Platform },
): Promise<LayoutImageSource> {
  const index = parse<Index>((await reader.file("index.json")) as Uint8Array, "index.json");
  const named = descriptorsOf(index.manifests, "index.json").filter(
    (line) => name === undefined || hasName(line, name),
  );
  const descriptor = await onlyOne(reader, { candidates: named, platform, what: name ?? "an image" });
  const manifestBytes = await collect(reader, descriptor);
  const manifest = parse<Manifest>(manifestBytes, `manifest ${descriptor.digest}`);
  const [config] = descriptorsOf([manifest.config], `manifest ${descriptor.digest}`);
  return {
    descriptor,
    manifest: manifestBytes,
    config: await collect(reader, config as Descriptor),
    layers: descriptorsOf(manifest.layers, `manifest ${descriptor.digest}`),
  };
}

const MAX_JSON = 16 << 20;
const MAX_DEPTH = 4;
const INDEX_TYPES: readonly string[] = [
  MEDIA_TYPE.index,
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

function hasName(line: Descriptor, name: string): boolean {
  const annotations = line.annotations ?? {};
  return [
    line.digest,
    annotations["org.opencontainers.image.ref.name"],
    annotations["io.containerd.image.name"],
  ].includes(name);
}

async function onlyOne(
  reader: LayoutReader,
  {
    candidates,
    platform,
    what,
  }: { readonly candidates: readonly Descriptor[]; readonly platform: Platform; readonly what: string },
): Promise<Descriptor> {
  const images = await flatten(reader, candidates, MAX_DEPTH);
  const distinct = [...new Map(images.map((line) => [line.digest, line])).values()];
  const fitting = distinct.filter((line) => !line.platform || samePlatform(line.platform, platform));
  if (fitting.length === 1) return fitting[0] as Descriptor;
  const problem = fitting.length === 0 ? "does not have" : "has more than one of";
  throw new TareError("resolve-image", `the OCI layout ${problem} ${what} for ${formatPlatform(platform)}`, {
    hint:
      fitting.length === 0 ? "check the name and the platform" : "name one of its images by tag or digest",
  });
}

/** Manifests, those of indexes in the index included. */
async function flatten(
  reader: LayoutReader,
  lines: readonly Descriptor[],
  depth: number,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for (const line of lines) {
    if (!INDEX_TYPES.includes(line.mediaType)) {
      found.push(line);
      continue;
    }
    if (depth === 0)
      throw new TareError("integrity-archive", "an OCI layout with indexes too deep in one another");
    const nested = parse<Index>(await collect(reader, line), `index ${line.digest}`);
    found.push(
      ...(await flatten(reader, descriptorsOf(nested.manifests, `index ${line.digest}`), depth - 1)),
    );
  }
  return found;
}

async function collect(reader: LayoutReader, { digest, size }: Descriptor): Promise<Uint8Array> {
  if (size > MAX_JSON)
    throw new TareError("integrity-archive", `${digest} has ${size} bytes, which is no manifest`);
  const parts: Uint8Array[] = [];
  let seen = 0;
  for await (const part of reader.blob(digest)) {
    parts.push(part);
    seen += part.length;
    if (seen > size) break;
  }
  const bytes = Buffer.concat(parts);
  if (bytes.length === size && sha256(bytes) === digest) return bytes;
  throw new TareError("integrity-archive", `${digest} of the OCI layout does not have ${size} bytes`);
}

function parse<T>(bytes: Uint8Array, what: string): T {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (typeof value === "object" && value !== null) return value as T;
  } catch {
    // Told below.
  }
  throw new TareError("integrity-archive", `${what} of the OCI layout is not a JSON object`);
}

function descriptorsOf(value: unknown, what: string): readonly Descriptor[] {
  if (Array.isArray(value) && value.every(isDescriptor)) return value;
  throw new TareError("integrity-archive", `${what} of the OCI layout has something that is no descriptor`);
}

function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== "object" || value === null) return false;
  const { mediaType, digest, size } = value as Partial<Record<keyof Descriptor, unknown>>;
  const sized = Number.isSafeInteger(size) && (size as number) >= 0;
  return typeof mediaType === "string" && typeof digest === "string" && isDigest(digest) && sized;
}
