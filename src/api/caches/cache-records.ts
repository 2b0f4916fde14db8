import type { ExportImage } from "../../export/index.ts";
import {
  type CacheRecords,
  documentOf,
  INLINE_FIELD,
  type ShortcutFields,
} from "../../remote-cache/index.ts";
import type { KnownRecords, Shortcut, Snapshot } from "../../solver/index.ts";

/** What a build tells other machines; plain, so that it comes back from the engine. */
export interface BuiltRecords extends CacheRecords {
  /** Ids of the layers of each image, bottom first. */
  readonly images: readonly (readonly string[])[];
}

/** Records without what was digested: that may hold values of build arguments, which are nobody else's business. */
export function builtRecords(
  { results, shortcuts }: KnownRecords,
  images: readonly Snapshot[],
): BuiltRecords {
  return {
    images: images.map(idsOf),
    results: results.map(({ key, snapshot }) => ({
      key: key.digest,
      layers: idsOf(snapshot),
      created: snapshot.created,
      ...(snapshot.comments.some((comment) => comment !== "") && { comments: snapshot.comments }),
    })),
    shortcuts: shortcuts.flatMap((shortcut) => {
      const fields = fieldsOf(shortcut);
      return fields ? [{ from: shortcut.from.digest, to: shortcut.to.digest, fields }] : [];
    }),
  };
}

/** `min` has the results that consist of layers of an image; what leads to them has no layers and is always there. */
export function recordsFor(records: BuiltRecords, mode: "min" | "max"): CacheRecords {
  const { images, results, shortcuts } = records;
  if (mode === "max") return { results, shortcuts };
  return {
    results: results.filter(({ layers }) =>
      images.some((image) => layers.every((id, at) => image[at] === id)),
    ),
    shortcuts,
  };
}

/** The config of an image with the records of its own layers in it. */
export async function withInlineCache(
  config: ExportImage["config"],
  { records, image }: { readonly records: BuiltRecords; readonly image: Snapshot },
): Promise<ExportImage["config"]> {
  const layers = await Promise.all(
    image.layers.map(async ({ id, size, tarSize }) => ({ id, layer: { size, tarSize: await tarSize() } })),
  );
  const document = documentOf(recordsFor({ ...records, images: [idsOf(image)] }, "min"), layers);
  return (diffIds) => {
    const plain = JSON.parse(Buffer.from(config(diffIds)).toString("utf8")) as object;
    return Buffer.from(JSON.stringify({ ...plain, [INLINE_FIELD]: document }));
  };
}

function idsOf({ layers }: Snapshot): readonly string[] {
  return layers.map(({ id }) => id);
}

/** What a key by content has that the key by definitions lacks; undefined where that is more than another machine takes. */
function fieldsOf({ from, to }: Shortcut): ShortcutFields | undefined {
  const added = Object.entries(to.data).filter(
    ([name, value]) => JSON.stringify(from.data[name]) !== JSON.stringify(value),
  );
  const [only, ...more] = added;
  if (!only || more.length > 0 || !["content", "lock"].includes(only[0])) return undefined;
  return Object.fromEntries(added);
}
