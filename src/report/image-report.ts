import {
  type AnalysedLayer,
  type AnalysedPackage,
  attackSurface,
  compareImages,
  type GroupChange,
  type ImageAnalysis,
} from "../analysis/index.ts";
import { defined } from "../base/index.ts";
import type { BuildRecord } from "../store/index.ts";
import type {
  ReportBuild,
  ReportCause,
  ReportData,
  ReportDocument,
  ReportImage,
  ReportLayer,
  ReportMetric,
  ReportMoves,
  ReportPackage,
  ReportSurface,
} from "./data.ts";
import { fileColumns } from "./file-columns.ts";

/** What a report says of an image besides what is in it. */
export interface ReportedImage {
  readonly analysis: ImageAnalysis;
  readonly build?: BuildRecord;
  readonly documents: readonly ReportDocument[];
  /** What made each layer, bottom first. */
  readonly causes?: readonly ReportCause[];
}

/** Images as the page wants them, in the order in which they are compared. */
export function reportData(images: readonly ReportedImage[], tool: string): ReportData {
  const { changes } = compareImages(images.map(({ analysis }) => analysis));
  return {
    version: 1,
    tool,
    images: images.map(reportImage),
    changes: changes.map(({ gone, came }) => ({ gone: movesOf(gone), came: movesOf(came) })),
  };
}

const LARGEST = 12;

function movesOf(changes: readonly GroupChange[]): ReportMoves {
  const rows = changes.map(({ name, before, after }) => {
    const { size = 0, version } = after ?? before ?? {};
    return { name, size, ...defined({ version }) };
  });
  const size = rows.reduce((sum, row) => sum + row.size, 0);
  return { count: rows.length, size, largest: rows.slice(0, LARGEST).filter((row) => row.size > 0) };
}

function reportImage({ analysis, build, documents, causes = [] }: ReportedImage): ReportImage {
  const { image, totals, layers, packages, files } = analysis;
  return {
    name: image.name,
    id: image.id,
    platform: image.platform,
    ...defined({ created: image.created, build: build && reportBuild(build) }),
    size: totals.size,
    metrics: metricsOf(analysis),
    layers: layers.map((layer) => ({ ...reportLayer(layer, analysis), ...causeOf(causes[layer.number]) })),
    packages: packages.map(reportPackage),
    files: fileColumns(files),
    surface: surfaceOf(analysis),
    documents,
  };
}

/** What is good to have none of. */
const UNWANTED: readonly string[] = [
  "shells",
  "package-managers",
  "network-tools",
  "setuid",
  "capabilities",
  "world-writable",
  "root",
  "secrets",
];
/** More of it is neither better nor worse. */
const NEUTRAL = "layers";

function metricsOf(analysis: ImageAnalysis): readonly ReportMetric[] {
  return compareImages([analysis]).metrics.map(({ id, title, unit, values, estimated }) => {
    const [value = 0] = values;
    const tone = value > 0 ? ("warn" as const) : ("good" as const);
    return {
      id,
      label: title,
      ...(unit === "yes-no" ? { value: value > 0 ? "yes" : "no" } : { value, unit }),
      ...(UNWANTED.includes(id) && { tone }),
      ...(id !== NEUTRAL && { isBurden: true }),
      ...(estimated[0] && { isEstimated: true }),
    };
  });
}

function surfaceOf(analysis: ImageAnalysis): ReportSurface {
  const { score, rows } = attackSurface(analysis);
  return {
    score,
    findings: rows.map(({ title, why, points, found }) => ({ title, why, points, items: found })),
  };
}

function reportLayer({ number, size, hidden, files }: AnalysedLayer, { image }: ImageAnalysis): ReportLayer {
  const { createdBy = "", comment = "" } = image.history[number] ?? {};
  const title = tidy(createdBy) || comment || `layer ${number + 1}`;
  return { title, size, visible: size - hidden, files };
}

function causeOf(cause: ReportCause | undefined): Pick<ReportLayer, "cause"> {
  if (!cause) return {};
  const { kind, title, place } = cause;
  return { cause: { kind, title, ...defined({ place }) } };
}

/** The instruction, without what builders put around it. */
function tidy(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, "")
    .replace(/^(?:\|\d+ .*?)?\/bin\/sh -c /, "RUN ")
    .replace(/^RUN \/bin\/sh -c /, "RUN ")
    .replace(/\s*# buildkit$/, "")
    .trim();
}

function reportPackage({ name, version, type, license, size, files }: AnalysedPackage): ReportPackage {
  return { name, version, type, size, files, ...defined({ license }) };
}

function reportBuild({ startedAt, took, stages, steps }: BuildRecord): ReportBuild {
  return {
    at: new Date(startedAt).toISOString(),
    took,
    stages,
    steps: steps.map(({ name, outcome, stage, startedAt, took, size, reason, critical }) => ({
      name,
      outcome,
      ...defined({ stage, startedAt, took, size, reason, critical }),
    })),
  };
}
