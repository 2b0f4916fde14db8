import { readFile } from "node:fs/promises";
import { type Digest, defined, installed, isSystemError, TareError } from "../../base/index.ts";
import type { PageParts, ReportDocument, ReportedImage } from "../../report/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import { storeFolder } from "../store-choice.ts";
import { VERSION } from "../version.ts";
import { type AnalyseRequest, analyseImage } from "./analyse.ts";
import { describeImage } from "./sbom.ts";
import { SBOM_FORMATS } from "./sbom-formats.ts";

/** What `tare report` is asked for. */
export interface ReportRequest extends Omit<AnalyseRequest, "image"> {
  /** One or more, as `AnalyseRequest.image`; the first is what the others are held against. */
  readonly images: readonly string[];
}

/**
 * A page that shows images: what they weigh, what is in them, how they were built, what differs. One HTML text that needs
 * nothing else and asks nobody for anything. `resolve-*`, `registry-*`, `integrity-*`.
 */
export async function reportImages(
  { images, ...request }: ReportRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  const parts = await pageParts();
  const reported: ReportedImage[] = [];
  for (const image of images) reported.push(await reportOne(image, { request, emit }, signal));
  const { reportData, reportDocument } = await import("../../report/index.ts");
  return reportDocument(reportData(reported, `tare ${VERSION}`), parts);
}

interface Reporting {
  readonly request: Omit<ReportRequest, "images">;
  readonly emit: (event: BuildEvent) => void;
}

async function reportOne(
  image: string,
  { request, emit }: Reporting,
  signal: AbortSignal,
): Promise<ReportedImage> {
  const analysis = await analyseImage({ ...request, image }, emit, signal);
  const id = analysis.image.id as Digest;
  const store = await openStore(storeFolder(request));
  const documents = await documentsOf(image, { id, request }, signal);
  const { layerCauses } = await import("../../causes/index.ts");
  const causes = layerCauses(analysis, (await store.images.resolve(id))?.provenance);
  return { analysis, documents, causes, ...defined({ build: await store.builds.get(id) }) };
}

/** Bills of materials in every format, called as the image is where its name is one of the store. */
async function documentsOf(
  image: string,
  { id, request }: { readonly id: Digest } & Pick<Reporting, "request">,
  signal: AbortSignal,
): Promise<readonly ReportDocument[]> {
  const { root, environment } = request;
  const choice = defined({ root, environment });
  const store = await openStore(storeFolder(choice));
  const isNamed = (await store.images.resolve(image))?.id === id;
  const { sbomWords } = await import("../../sbom/index.ts");
  const documents: ReportDocument[] = [];
  for (const format of SBOM_FORMATS) {
    const { mediaType, extension } = sbomWords(format);
    const text = await describeImage({ ...choice, image: isNamed ? image : id, format }, signal);
    documents.push({ title: TITLES[format], fileName: `${fileName(image)}.${extension}`, mediaType, text });
  }
  return documents;
}

const TITLES = { cyclonedx: "CycloneDX 1.6", spdx: "SPDX 2.3" } as const;

/** The last part of an image's name, as a file may be called. */
function fileName(image: string): string {
  const last = /([^/]+)\/*$/.exec(image)?.[1] ?? "image";
  return last.replace(/\.tar$/, "").replace(/[^\w.-]+/g, "-");
}

/** The page as it was bundled when Tare was built. */
async function pageParts(): Promise<PageParts> {
  const read = (name: string) => readFile(installed(`dist/${name}`), "utf8");
  try {
    const [script, style] = await Promise.all([read("report.js"), read("report-style.css")]);
    return { script: script.trim(), style: style.trim() };
  } catch (cause) {
    if (!isSystemError(cause, "ENOENT")) throw cause;
    throw new TareError("internal-bug", "the page of reports is missing in this installation", {
      hint: "install tare again; in its sources, run npm run build",
      cause,
    });
  }
}
