import * as z from "zod";
import { type Digest, isDigest, TareError } from "../base/index.ts";
import { type Descriptor, isDescriptor } from "../oci/index.ts";
import type { CacheDocument, LocatedLayer } from "./document.ts";
import { plainDescriptor } from "./manifest.ts";

/** More than any build has; less than what would fill a machine's memory. */
const MOST_LAYERS = 10_000;
const MOST_RECORDS = 100_000;
const LONGEST_COMMENT = 1000;
/** The end of the year 9999, milliseconds since 1970. */
const LAST_TIME = 253_402_300_799_999;

export const digestSchema = z.custom<Digest>(
  (value) => typeof value === "string" && isDigest(value),
  "must be a digest",
);
/** A number of bytes, or of anything else that can be counted. */
export const byteCount = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const comment = z
  .string()
  .max(LONGEST_COMMENT)
  .refine((text) => !/\p{Cc}/u.test(text), "must have no control characters");

const schema = z.object({
  version: z.literal(1),
  layers: z
    .array(z.object({ diffId: digestSchema.optional(), size: byteCount, tarSize: byteCount }))
    .max(MOST_LAYERS),
  results: z
    .array(
      z.object({
        key: digestSchema,
        layers: z.array(byteCount),
        created: z.array(byteCount.max(LAST_TIME)),
        comments: z.array(comment).optional(),
      }),
    )
    .max(MOST_RECORDS),
  shortcuts: z
    .array(
      z.object({
        from: digestSchema,
        to: digestSchema,
        fields: z.union([
          z.strictObject({ content: z.array(digestSchema.nullable()) }),
          z.strictObject({ lock: digestSchema }),
        ]),
      }),
    )
    .max(MOST_RECORDS),
});

/** A cache document with its layers located. */
export interface ParsedDocument extends Pick<CacheDocument, "results" | "shortcuts"> {
  readonly layers: readonly LocatedLayer[];
}

/**
 * Reads what a cache says of itself; nothing of it is believed that does not fit together. `descriptors` are the layers
 * of its manifest; `diffIds` those of the image, where the document is in an image's config. `integrity-archive`.
 */
export function parseDocument(
  value: unknown,
  { descriptors, diffIds }: { readonly descriptors: unknown; readonly diffIds?: readonly Digest[] },
): ParsedDocument {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw damaged(describe(parsed.error));
  const { layers, results, shortcuts } = parsed.data as CacheDocument;
  if (!Array.isArray(descriptors) || !descriptors.every(isDescriptor))
    throw damaged("its layers are no descriptors");
  if (descriptors.length !== layers.length)
    throw damaged(`it speaks of ${layers.length} layers and has ${descriptors.length}`);
  for (const { key, layers: used, created, comments = used } of results) {
    const fits = created.length === used.length && comments.length === used.length;
    if (!fits || used.some((at) => at >= layers.length)) throw damaged(`the result of ${key} does not fit`);
  }
  const located = layers.map((layer, at) => {
    const diffId = diffIds ? diffIds[at] : layer.diffId;
    if (diffId === undefined) throw damaged(`layer ${at} has no digest`);
    return { ...layer, diffId, descriptor: plainDescriptor(descriptors[at] as Descriptor) };
  });
  return { layers: located, results, shortcuts };
}

function describe({ issues }: z.ZodError): string {
  const [first] = issues;
  return first ? `${first.path.join(".") || "it"}: ${first.message}` : "it is not what it should be";
}

function damaged(why: string): TareError {
  return new TareError("integrity-archive", `the records are damaged: ${why}`);
}
