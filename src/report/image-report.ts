import type { AnalysedLayer, AnalysedPackage, ImageAnalysis } from "../analysis/index.ts";
import { defined } from "../base/index.ts";
import type { BuildRecord } from "../store/index.ts";
import type {
  ReportBuild,
  ReportDocument,
  ReportImage,
  ReportLayer,
  ReportMetric,
  ReportPackage,
} from "./data.ts";
import { fileColumns } from "./file-columns.ts";

/** What a report says of an image besides what is in it. */
export interface ReportedImage {
  readonly analysis: ImageAnalysis;
  readonly build?: BuildRecord;
  readonly documents: readonly ReportDocument[];
}

/** One image as the page wants it. */
export function reportImage({ analysis, build, documents }: ReportedImage): ReportImage {
  const { image, totals, layers, packages, files } = analysis;
  return {
    name: image.name,
    id: image.id,
    platform: image.platform,
    ...defined({ created: image.created, build: build && reportBuild(build) }),
    size: totals.size,
    metrics: metricsOf(analysis),
    layers: layers.map((layer) => reportLayer(layer, analysis)),
    packages: packages.map(reportPackage),
    files: fileColumns(files),
    documents,
  };
}

function metricsOf({ image, totals }: ImageAnalysis): readonly ReportMetric[] {
  const count = (label: string, value: number) => ({ label, value, unit: "count", isBurden: true }) as const;
  const bytes = (label: string, value: number) => ({ label, value, unit: "bytes", isBurden: true }) as const;
  return [
    { ...bytes("Compressed", totals.compressed), isEstimated: totals.isEstimated },
    { ...count("Layers", totals.layers), isBurden: false },
    count("Files", totals.files),
    count("Packages", totals.packages),
    count("Executables", totals.executables),
    count("Libraries", totals.libraries),
    { label: "User", value: image.user || "root", tone: image.isRoot ? "warn" : "good" },
    { ...bytes("Hidden in layers", totals.hidden), ...(totals.hidden > 0 && { tone: "warn" }) },
    bytes("Duplicates", totals.duplicate),
  ];
}

function reportLayer({ number, size, hidden, files }: AnalysedLayer, { image }: ImageAnalysis): ReportLayer {
  const { createdBy = "", comment = "" } = image.history[number] ?? {};
  const title = tidy(createdBy) || comment || `layer ${number + 1}`;
  return { title, size, visible: size - hidden, files };
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
    steps: steps.map(({ inputs: _inputs, ...step }) => step),
  };
}
