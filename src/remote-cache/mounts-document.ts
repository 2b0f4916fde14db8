import * as z from "zod";
import { type Digest, TareError } from "../base/index.ts";
import { encodeJson } from "../layout/index.ts";
import { type Descriptor, isDescriptor } from "../oci/index.ts";
import { type CacheArtifact, describeArtifact, plainDescriptor } from "./manifest.ts";
import { byteCount, digestSchema } from "./parse-document.ts";

/** Media types of an artifact with cache mounts (docs/cache.md). */
export const MOUNTS_TYPE = {
  artifact: "application/vnd.tare.cache-mounts.v1",
  config: "application/vnd.tare.cache-mounts.config.v1+json",
} as const;

/** What was in a cache mount, and where that is. */
export interface LocatedMount {
  /** Of the mount, as `RUN --mount=type=cache,id=` has it. */
  readonly id: string;
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly tarSize: number;
  readonly descriptor: Descriptor;
}

const MOST_MOUNTS = 1000;
const LONGEST_ID = 4096;

const schema = z.object({
  version: z.literal(1),
  mounts: z
    .array(z.object({ id: z.string().max(LONGEST_ID), diffId: digestSchema, tarSize: byteCount }))
    .max(MOST_MOUNTS),
});

/** Reads what an artifact says of its mounts; `descriptors` are its layers, one a mount. `integrity-archive`. */
export function parseMounts(value: unknown, descriptors: unknown): readonly LocatedMount[] {
  const parsed = schema.safeParse(value);
  const fits =
    parsed.success &&
    Array.isArray(descriptors) &&
    descriptors.every(isDescriptor) &&
    descriptors.length === parsed.data.mounts.length;
  if (!fits) throw new TareError("integrity-archive", "the list of mounts is damaged");
  return parsed.data.mounts.map((mount, at) => ({
    ...mount,
    descriptor: plainDescriptor(descriptors[at] as Descriptor),
  }));
}

/** The artifact of mounts; the same ones always give the same bytes. */
export function describeMounts(mounts: readonly LocatedMount[]): CacheArtifact {
  const config = { version: 1, mounts: mounts.map(({ id, diffId, tarSize }) => ({ id, diffId, tarSize })) };
  return describeArtifact(MOUNTS_TYPE, {
    config: encodeJson(config),
    layers: mounts.map(({ descriptor }) => descriptor),
  });
}
