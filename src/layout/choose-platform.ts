import { TareError } from "../base/index.ts";
import {
  type Descriptor,
  fittingPlatform,
  formatPlatform,
  isImageLine,
  isIndexType,
  linePlatform,
  MAX_INDEX_LINES,
  type Platform,
  samePlatform,
} from "../oci/index.ts";
import type { LayoutReader } from "./reader.ts";
import { flatten } from "./select.ts";

/**
 * The one manifest of an image for a platform; undefined when there are only documents about images. A single one is
 * taken for whatever platform it is, unless one was asked for: `resolve-image` naming those that there are.
 */
export async function choosePlatform(
  reader: LayoutReader,
  {
    lines,
    platform,
    asked,
    what,
  }: {
    readonly lines: readonly Descriptor[];
    readonly platform: Platform;
    readonly asked: boolean;
    readonly what: string;
  },
): Promise<Descriptor | undefined> {
  const images = await imageLines(reader, lines);
  if (images.length === 0) return undefined;
  const best = fittingPlatform(images, platform)?.platform;
  const fitting = best ? images.filter((line) => line.platform && samePlatform(line.platform, best)) : [];
  if (fitting.length > 0 && onlyIndex(lines)) return fitting[0];
  const [first, ...more] = fitting.length > 0 ? fitting : images;
  if (more.length === 0 && (fitting.length > 0 || !asked || !first?.platform)) return first;
  const wanted = `${what} for ${formatPlatform(platform)}`;
  if (fitting.length > 1)
    throw new TareError("resolve-image", `the archive has more than one of ${wanted}`, {
      hint: "choose another one with --platform, or write the archive again with one for each platform",
    });
  const there = images.map(linePlatform).map((one) => (one ? formatPlatform(one) : "any platform"));
  throw new TareError("resolve-image", `the archive does not have ${wanted}, but for ${there.join(", ")}`, {
    hint: "choose one with --platform",
  });
}

/**
 * The manifests of an image for every platform, as far as the layout has their bytes: who saves an image that was pulled for
 * one platform may name the others all the same. Of several each says what it is for; else there are none here.
 */
export async function everyPlatform(
  reader: LayoutReader,
  lines: readonly Descriptor[],
): Promise<readonly Descriptor[]> {
  const images = await imageLines(reader, lines);
  const sizes = await Promise.all(images.map(({ digest }) => reader.blobSize(digest)));
  const there = images.filter((_, at) => sizes[at] !== undefined);
  const platforms = there.map(linePlatform);
  const distinct = new Set(platforms.map((one) => JSON.stringify(one))).size;
  const isIndex = platforms.every(Boolean) && (distinct === there.length || onlyIndex(lines) !== undefined);
  return images.length > 1 && isIndex ? there : [];
}

/** The index that a name leads to. It may have several images for one platform; the first is meant then. */
export function onlyIndex([line, ...more]: readonly Descriptor[]): Descriptor | undefined {
  return line && more.length === 0 && isIndexType(line.mediaType) ? line : undefined;
}

async function imageLines(
  reader: LayoutReader,
  lines: readonly Descriptor[],
): Promise<readonly Descriptor[]> {
  const all = (await flatten(reader, lines)).filter(isImageLine);
  if (onlyIndex(lines) && all.length > MAX_INDEX_LINES)
    throw new TareError(
      "integrity-archive",
      `the archive has more than ${MAX_INDEX_LINES} manifests in an index`,
    );
  const key = (line: Descriptor) => `${line.digest} ${JSON.stringify(linePlatform(line) ?? null)}`;
  return [...new Map(all.map((line) => [key(line), line])).values()];
}
