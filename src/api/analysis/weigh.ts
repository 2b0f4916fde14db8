import type { ImageWeight } from "../../causes/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { type AnalyseRequest, analyseImage } from "./analyse.ts";
import { provenanceOf } from "./stored-provenance.ts";

/**
 * Says where all bytes of an image are from: packages, instructions, the recipe of its base. What the build has recorded
 * counts first, then package databases and the history. Errors as of `analyseImage`.
 */
export async function weighImage(
  request: AnalyseRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<ImageWeight> {
  const analysis = await analyseImage(request, emit, signal);
  const { weigh } = await import("../../causes/index.ts");
  return weigh(analysis, await provenanceOf(request, analysis.image.id));
}
