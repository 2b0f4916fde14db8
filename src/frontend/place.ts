import { type SourceLocation, type SourceRange, TareError, withFacts } from "../base/index.ts";
import type { Dockerfile } from "../dockerfile/index.ts";

/** A range of a Dockerfile with the text that an excerpt needs. */
export function locationOf(
  dockerfile: Pick<Dockerfile, "file" | "source">,
  range: SourceRange,
): SourceLocation {
  return { file: dockerfile.file, source: dockerfile.source, range };
}

/** Runs `work`; an error of ours that has no place yet gets this one. */
export async function atPlace<T>(
  dockerfile: Dockerfile,
  range: SourceRange,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TareError)) throw error;
    throw withFacts(error, { location: locationOf(dockerfile, range) });
  }
}
