import { type Digest, hexOf, limiter, mapConcurrent, TareError } from "../base/index.ts";
import type { StoredLayer } from "../store/index.ts";
import type { LocatedLayer, ResultFacts, ShortcutFields } from "./document.ts";
import { type ImportedLayerOptions, importedLayer } from "./imported-layer.ts";
import type { ParsedDocument } from "./parse-document.ts";

/** A result of a cache; its layers are fetched when somebody reads them. */
export interface OpenedResult extends Pick<ResultFacts, "created" | "comments"> {
  readonly layers: readonly StoredLayer[];
}

/** A cache with its records at hand. */
export interface OpenedCache {
  /** Undefined, too, for a result of which a layer was lost. */
  result(key: Digest): OpenedResult | undefined;
  /** What makes a key by content of a key by definitions. */
  shortcut(from: Digest): { readonly to: Digest; readonly fields: ShortcutFields } | undefined;
  /** Whether these of its layers, by id, are here or can be left where they are; one that is gone is a loss. */
  stay(ids: ReadonlySet<string>): Promise<boolean>;
}

export interface OpenCacheOptions extends Pick<ImportedLayerOptions, "store" | "place" | "repository"> {
  /** For people. */
  readonly title: string;
  /** Told of each layer that can not be had. */
  readonly onLoss: (error: TareError) => void;
}

/** Layers that are fetched at the same time. */
const AT_ONCE = 4;
/** What is asked at the same time: questions cost only waiting. */
const ASKED_AT_ONCE = 8;

/** Opens a cache that was read. A layer that can not be had takes all results with it that need it. */
export function openCache(
  { layers, results, shortcuts }: ParsedDocument,
  { title, onLoss, ...source }: OpenCacheOptions,
): OpenedCache {
  const byKey = new Map(results.map((result) => [result.key, result]));
  const byDefinition = new Map(shortcuts.map((shortcut) => [shortcut.from, shortcut]));
  const lost = new Set<Digest>();
  const limit = limiter(AT_ONCE);
  const lose = (layer: LocatedLayer, error: unknown): unknown => {
    if (!isLoss(error)) return error;
    const loss = lossOf(layer, { title, error });
    if (!lost.has(layer.diffId)) onLoss(loss);
    lost.add(layer.diffId);
    // Where nobody answers, nothing else can be had either.
    if (isSilence(error)) for (const { diffId } of layers) lost.add(diffId);
    return loss;
  };
  const opened = [...layers].map((layer) =>
    importedLayer(layer, { ...source, limit, onLoss: (error) => lose(layer, error) }),
  );
  const stays = async (layer: LocatedLayer): Promise<boolean> => {
    if (await source.store.layers.get(hexOf(layer.diffId))) return true;
    try {
      await source.place.requireBlob?.(layer.descriptor);
      return true;
    } catch (error) {
      if (!isLoss(error)) throw error;
      lose(layer, error);
      return false;
    }
  };
  return {
    shortcut: (from) => byDefinition.get(from),
    async stay(ids) {
      const wanted = layers.filter(({ diffId }) => ids.has(hexOf(diffId)));
      return (await mapConcurrent(wanted, ASKED_AT_ONCE, stays)).every((one) => one);
    },
    result(key) {
      const found = byKey.get(key);
      if (!found || found.layers.some((at) => lost.has((layers[at] as LocatedLayer).diffId)))
        return undefined;
      return { ...found, layers: found.layers.map((at) => opened[at] as StoredLayer) };
    },
  };
}

/** What is the fault of a cache: not a full disk here, and not somebody's wish to stop. */
export function isLoss(error: unknown): error is TareError {
  if (!(error instanceof TareError)) return false;
  return !/^(environment|internal)-|^user-cancelled$/.test(error.code);
}

function isSilence({ code }: TareError): boolean {
  return code.startsWith("registry-");
}

function lossOf(
  { diffId }: LocatedLayer,
  { title, error }: { readonly title: string; readonly error: TareError },
): TareError {
  return new TareError("integrity-store", `${title}: layer ${diffId} can not be used: ${error.message}`, {
    hint: "write the cache anew with --cache-to",
    cause: error,
  });
}
