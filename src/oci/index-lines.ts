import { type Digest, TareError } from "../base/index.ts";
import { type Descriptor, MEDIA_TYPE } from "./types.ts";

/** What the lines of an index come to. */
export interface IndexLines {
  /** Lines of indexes in it, each once; what is inside of one stands before it. */
  readonly indexes: readonly Descriptor[];
  /** All other lines, those of indexes in the index included, in their order. */
  readonly lines: readonly Descriptor[];
}

/** Manifests that an image for several platforms may consist of; more of them nobody would ever want. */
export const MAX_INDEX_LINES = 1000;

const MAX_DEPTH = 4;
/** Whoever reads them asks for each by itself. */
const MAX_INDEXES = 1000;

/**
 * Follows the indexes among some lines, each once; `read` gives the lines of one. `integrity-archive` for too deep ones and
 * too many.
 */
export async function indexLines(
  lines: readonly Descriptor[],
  read: (index: Descriptor) => Promise<readonly Descriptor[]>,
): Promise<IndexLines> {
  const indexes: Descriptor[] = [];
  const found: Descriptor[] = [];
  const seen = new Set<Digest>();

  async function follow(some: readonly Descriptor[], depth: number): Promise<void> {
    for (const line of some) {
      if (!isIndexType(line.mediaType)) {
        found.push(line);
        continue;
      }
      if (depth === MAX_DEPTH)
        throw new TareError("integrity-archive", "an index with indexes too deep in one another");
      if (seen.has(line.digest)) continue;
      if (seen.size === MAX_INDEXES)
        throw new TareError("integrity-archive", `an index with more than ${MAX_INDEXES} indexes in it`);
      seen.add(line.digest);
      await follow(await read(line), depth + 1);
      indexes.push(line);
    }
  }

  await follow(lines, 0);
  return { indexes, lines: found };
}

/** Whether a media type is one of indexes: OCI's, or Docker's manifest list. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPE.index || mediaType === MEDIA_TYPE.dockerIndex;
}
