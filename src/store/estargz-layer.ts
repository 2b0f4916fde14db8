import { ESTARGZ_TABLE, estargz, tableTar } from "../archive/index.ts";
import { type Digest, sha256 } from "../base/index.ts";
import { type Descriptor, MEDIA_TYPE, TOC_ANNOTATION } from "../oci/index.ts";
import { tarContents, tocFromIndex, withTarOffsets } from "../tree/index.ts";
import { compressing } from "./compressing.ts";
import { updateRecord } from "./layer-record.ts";
import type { LayerContext, LayerStore } from "./layers.ts";
import type { LocalLayer } from "./types.ts";

/**
 * The same files as a layer whose compressed form is an eStargz. It is another layer: behind its tar it has the table of
 * contents, so its diffID is another one, as that of BuildKit's. One that has such a table already is given as it is.
 * `level` is 0 to 9.
 */
export async function estargzLayer(
  layer: LocalLayer,
  {
    level,
    layers: { get, addTar },
    context: { blobs, folders },
  }: {
    readonly level: number;
    readonly layers: Pick<LayerStore, "get" | "addTar">;
    readonly context: LayerContext;
  },
): Promise<LocalLayer> {
  const note = `estargz-${level}`;
  const known = await get((await layer.note(note))?.toString("latin1") ?? "");
  if (known) return known;
  const stored = await layer.index();
  if (stored.entries.some(({ path }) => path === ESTARGZ_TABLE) || (await hasTable(layer))) return layer;
  const index = layer.form === "tar" ? stored : withTarOffsets(stored);
  let table: Uint8Array = new Uint8Array();
  const compressed = estargz(layer.tar(), {
    contents: tarContents(index),
    table(contents) {
      table = tocFromIndex(index, contents);
      return table;
    },
    level,
  });
  const info = await compressing(() => blobs.put(compressed));
  const made = await addTar(followed(layer.tar(), tableTar(table)));
  const gzip: Descriptor = {
    mediaType: MEDIA_TYPE.layerGzip,
    ...info,
    annotations: annotationsOf(sha256(table), await made.tarSize()),
  };
  await updateRecord(folders, made.id, ({ gzipBoot: _, ...record }) => ({ ...record, gzip }));
  await layer.keepNote(note, Buffer.from(made.id));
  return (await get(made.id)) ?? made;
}

async function hasTable(layer: LocalLayer): Promise<boolean> {
  return layer.form === "tar" && (await layer.made())?.annotations !== undefined;
}

async function* followed(
  bytes: AsyncIterable<Uint8Array>,
  more: Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* bytes;
  yield* more;
}

/** What readers of eStargz ask of a descriptor; containers/storage wants the size. */
function annotationsOf(table: Digest, size: number): NonNullable<Descriptor["annotations"]> {
  return { [TOC_ANNOTATION.estargzDigest]: table, [TOC_ANNOTATION.estargzSize]: String(size) };
}
