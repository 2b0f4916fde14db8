import { type AttackSurface, attackSurface } from "./attack-surface.ts";
import { compareGroups, type GroupChange } from "./compare-groups.ts";
import type { ImageAnalysis, ToolKind } from "./types.ts";

/** Images side by side. */
export interface Comparison {
  /** As they were asked for. */
  readonly images: readonly ComparedImage[];
  readonly metrics: readonly Metric[];
  /** For each image but the first, how it differs from the first. */
  readonly changes: readonly ImageChanges[];
}

export interface ComparedImage {
  readonly name: string;
  readonly id: string;
  readonly platform: string;
}

/** One row: something that all images have, one value for each of them. */
export interface Metric {
  readonly id: string;
  readonly title: string;
  readonly unit: "bytes" | "count" | "yes-no";
  /** Of `yes-no` 1 and 0. */
  readonly values: readonly number[];
  /** Whether a value is worked out from samples. */
  readonly estimated: readonly boolean[];
  /** For each image but the first, how many times the first has what it has; null where it has none. */
  readonly ratios: readonly (number | null)[];
}

export interface ImageChanges {
  readonly from: string;
  readonly to: string;
  /** Packages and folders that are gone, that are new, and that are in both and differ; the most bytes first. */
  readonly gone: readonly GroupChange[];
  readonly came: readonly GroupChange[];
  readonly changed: readonly GroupChange[];
}

/** Compares images with the first of them. */
export function compareImages(images: readonly ImageAnalysis[]): Comparison {
  const [first, ...others] = images;
  const measured = images.map((image) => ({ image, surface: attackSurface(image) }));
  return {
    images: images.map(({ image: { name, id, platform } }) => ({ name, id, platform })),
    metrics: METRICS.map((metric) => measure(metric, measured)),
    changes: first
      ? others.map((other) => ({
          from: first.image.name,
          to: other.image.name,
          ...compareGroups(first, other),
        }))
      : [],
  };
}

interface Measure extends Pick<Metric, "id" | "title" | "unit"> {
  readonly of: (image: ImageAnalysis, surface: AttackSurface) => number;
  readonly isEstimated?: (image: ImageAnalysis) => boolean;
}

const METRICS: readonly Measure[] = [
  { id: "size", title: "size on disk", unit: "bytes", of: ({ totals }) => totals.size },
  {
    id: "compressed",
    title: "compressed",
    unit: "bytes",
    of: ({ totals }) => totals.compressed,
    isEstimated: ({ totals }) => totals.isEstimated,
  },
  { id: "layers", title: "layers", unit: "count", of: ({ totals }) => totals.layers },
  { id: "files", title: "files", unit: "count", of: ({ totals }) => totals.files },
  { id: "packages", title: "packages", unit: "count", of: ({ totals }) => totals.packages },
  { id: "executables", title: "executables", unit: "count", of: ({ totals }) => totals.executables },
  { id: "libraries", title: "libraries", unit: "count", of: ({ totals }) => totals.libraries },
  { id: "shells", title: "shells", unit: "count", of: toolCount("shell") },
  { id: "package-managers", title: "package managers", unit: "count", of: toolCount("package-manager") },
  { id: "interpreters", title: "interpreters", unit: "count", of: toolCount("interpreter") },
  { id: "network-tools", title: "network tools", unit: "count", of: toolCount("network") },
  { id: "setuid", title: "set-uid/gid files", unit: "count", of: findings("setuid") },
  { id: "capabilities", title: "file capabilities", unit: "count", of: findings("capability") },
  { id: "world-writable", title: "world-writable paths", unit: "count", of: findings("world-writable") },
  { id: "root", title: "runs as root", unit: "yes-no", of: ({ image }) => (image.isRoot ? 1 : 0) },
  { id: "ports", title: "exposed ports", unit: "count", of: ({ image }) => image.ports.length },
  { id: "secrets", title: "secrets", unit: "count", of: findings("secret") },
  { id: "hidden", title: "hidden in layers", unit: "bytes", of: ({ totals }) => totals.hidden },
  { id: "duplicate", title: "duplicates", unit: "bytes", of: ({ totals }) => totals.duplicate },
  { id: "attack-surface", title: "attack surface", unit: "count", of: (_image, { score }) => score },
];

function measure(
  { of, isEstimated, ...facts }: Measure,
  images: readonly { readonly image: ImageAnalysis; readonly surface: AttackSurface }[],
): Metric {
  const values = images.map(({ image, surface }) => of(image, surface));
  const [first = 0, ...others] = values;
  return {
    ...facts,
    values,
    estimated: images.map(({ image }) => isEstimated?.(image) ?? false),
    ratios: others.map((value) => (value === 0 ? null : first / value)),
  };
}

function toolCount(kind: ToolKind): Measure["of"] {
  return ({ tools }) => tools.filter((tool) => tool.kind === kind).length;
}

/** How often a rule of the attack surface finds something. */
function findings(id: string): Measure["of"] {
  return (_image, { rows }) => rows.find((row) => row.id === id)?.count ?? 0;
}
