import type { AnalysedFile, ImageAnalysis } from "../analysis/index.ts";
import type { ImageProvenance } from "../provenance/index.ts";
import { layerCauses } from "./layer-causes.ts";
import type { ImageWeight, LayerFacts, WeightRow } from "./types.ts";

/** Gives every byte of an image's layers its cause. The same image gives the same rows. */
export function weigh(analysis: ImageAnalysis, provenance?: ImageProvenance): ImageWeight {
  const layers = layerCauses(analysis, provenance);
  const rows = weightRows(analysis, { layers, files: analysis.files, hidden: analysis.hidden });
  const unexplained = rows.filter(({ kind }) => kind === "unexplained");
  return {
    image: analysis.image.name,
    size: sumOf(rows),
    unexplained: sumOf(unexplained),
    rows,
  };
}

/**
 * The causes of some files, the most bytes first. A file of a package counts for it, also what it had at that path in lower
 * layers; any other one counts for its layer.
 */
export function weightRows(
  { packages }: Pick<ImageAnalysis, "packages">,
  {
    layers,
    files,
    hidden = [],
  }: {
    readonly layers: readonly LayerFacts[];
    readonly files: readonly AnalysedFile[];
    readonly hidden?: ImageAnalysis["hidden"];
  },
): readonly WeightRow[] {
  const rows = new Map<string, Growing>();
  const rowOf = (key: string, facts: () => Named) => {
    const known = rows.get(key);
    if (known) return known;
    const row: Growing = { facts: facts(), layers: new Set(), size: 0, hidden: 0, files: 0 };
    rows.set(key, row);
    return row;
  };
  const ofLayer = (number: number) => {
    const layer = layers[number];
    const named = layer ? namedLayer(layer) : NOBODY;
    return rowOf(layer?.kind === "composition" ? named.title : `layer ${number}`, () => named);
  };
  const ofPackage = (place: number) => rowOf(`package ${place}`, () => namedPackage(packages[place]));
  const owners = new Map<string, number>();
  for (const { path, kind, size, layer, package: owner } of files) {
    if (kind === "dir" || layer < 0) continue;
    const row = owner === undefined ? ofLayer(layer) : ofPackage(owner);
    if (owner !== undefined) owners.set(path, owner);
    row.layers.add(layer);
    row.size += size;
    if (kind === "file" || kind === "hardlink") row.files++;
  }
  for (const { path, size, layer } of hidden) {
    const owner = owners.get(path);
    const row = owner === undefined ? ofLayer(layer) : ofPackage(owner);
    row.layers.add(layer);
    row.size += size;
    row.hidden += size;
    row.files++;
  }
  return [...rows.values()].map(finished).sort(heaviest);
}

type Named = Pick<WeightRow, "kind" | "title" | "place" | "purl">;

/** A row while files are counted. */
interface Growing {
  readonly facts: Named;
  readonly layers: Set<number>;
  size: number;
  hidden: number;
  files: number;
}

const NOBODY: Named = { kind: "unexplained", title: "nothing says what made it" };

function namedLayer({ kind, title, place }: LayerFacts): Named {
  return { kind, title, ...(place !== undefined && { place }) };
}

function namedPackage(item: ImageAnalysis["packages"][number] | undefined): Named {
  if (!item) return NOBODY;
  const { name, version, purl } = item;
  return { kind: "package", title: version === "" ? name : `${name} ${version}`, purl };
}

function finished({ facts, layers, ...counts }: Growing): WeightRow {
  return { ...facts, layers: [...layers].sort((a, b) => a - b), ...counts };
}

function heaviest(a: WeightRow, b: WeightRow): number {
  if (a.size !== b.size) return b.size - a.size;
  return a.title < b.title ? -1 : 1;
}

function sumOf(rows: readonly WeightRow[]): number {
  return rows.reduce((sum, { size }) => sum + size, 0);
}
