import type { AttackSurface, Comparison } from "../../analysis/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { type AnalyseRequest, analyseImage } from "./analyse.ts";

/** What `compare` is asked for. */
export interface CompareRequest extends Omit<AnalyseRequest, "image"> {
  /** Two or more, as `AnalyseRequest.image`; the first is what the others are held against. */
  readonly images: readonly string[];
}

/**
 * Puts images side by side: what each weighs and has, and what is gone and new since the first. Errors are those of
 * `analyseImage`.
 */
export async function compare(
  { images, ...request }: CompareRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Comparison> {
  const analyses = [];
  for (const image of images) analyses.push(await analyseImage({ ...request, image }, emit, signal));
  const { compareImages } = await import("../../analysis/index.ts");
  return compareImages(analyses);
}

/** What an attacker would find in an image; errors are those of `analyseImage`. */
export async function findAttackSurface(
  request: AnalyseRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<AttackSurface> {
  const analysis = await analyseImage(request, emit, signal);
  const { attackSurface } = await import("../../analysis/index.ts");
  return attackSurface(analysis);
}
