import { TareError } from "../base/index.ts";
import { type Descriptor, formatPlatform, isArtifact, type Platform, samePlatform } from "../oci/index.ts";
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
  const all = (await flatten(reader, lines)).filter((line) => !isDocument(line));
  const images = [...new Map(all.map((line) => [line.digest, line])).values()];
  if (images.length === 0) return undefined;
  const fitting = images.filter((line) => line.platform && samePlatform(line.platform, platform));
  const [first, ...more] = fitting.length > 0 ? fitting : images;
  if (more.length === 0 && (fitting.length > 0 || !asked || !first?.platform)) return first;
  const there = images.map((line) => (line.platform ? formatPlatform(line.platform) : "any platform"));
  const problem = fitting.length > 1 ? "has more than one of" : "does not have";
  throw new TareError(
    "resolve-image",
    `the archive ${problem} ${what} for ${formatPlatform(platform)}, but for ${there.join(", ")}`,
    { hint: "choose one with --platform" },
  );
}

/** BuildKit's provenance and SBOMs stand in the index of their image as a manifest for an unknown platform. */
function isDocument(line: Descriptor): boolean {
  const { annotations, platform } = line;
  return (
    isArtifact(line) || annotations?.["vnd.docker.reference.type"] !== undefined || platform?.os === "unknown"
  );
}
