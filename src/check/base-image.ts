import { TareError } from "../base/index.ts";
import { familiarRepository, parseReference } from "../oci/index.ts";
import { mapBase } from "../settings/index.ts";
import type { CheckRequest, KnownImage } from "./types.ts";

export interface ImageBase {
  readonly type: "image";
  /** As FROM has it, variables replaced. */
  readonly name: string;
  /** Short form: `debian`, `gcr.io/distroless/static`. */
  readonly repository: string;
  /** `latest` when none is written; absent when there is only a digest, which says nothing to us. */
  readonly tag?: string;
  readonly known?: KnownImage;
}

/** What a stage stands on when that is no other stage. */
export type Base =
  | { readonly type: "scratch" }
  | ImageBase
  /** A folder, or a name that can not be resolved: nothing is known of it. */
  | { readonly type: "unknown" };

/**
 * The base of that name, variables replaced; a named context stands in its place where there is one, and the recipe
 * that the settings give an image in the place of the image.
 */
export function baseOf(request: CheckRequest, name: string): Base {
  const spec = request.namedContexts[name.toLowerCase()] ?? recipeSource(request, name);
  if (spec !== undefined) {
    const scheme = /^(docker-image|recipe):\/\//.exec(spec)?.[1];
    if (scheme === undefined) return { type: "unknown" };
    const image = spec.slice(scheme.length + 3);
    return imageBase(request, scheme === "recipe" ? `tare/${image.replace(/^tare\//, "")}` : image);
  }
  return name === "scratch" ? { type: "scratch" } : imageBase(request, name);
}

/** The recipe that composes an image by the settings, as `recipe://python:12`. */
function recipeSource({ settings }: CheckRequest, name: string): string | undefined {
  const reference = name === "scratch" || !settings ? undefined : referenceOf(name);
  const mapped = settings && reference && mapBase(settings, reference);
  return mapped?.type === "recipe" ? mapped.source : undefined;
}

function imageBase(request: CheckRequest, name: string): Base {
  const reference = referenceOf(name);
  if (!reference) return { type: "unknown" };
  const known = request.image?.(name);
  return {
    type: "image",
    name,
    repository: familiarRepository(reference),
    ...(reference.digest === undefined && { tag: "latest" }),
    ...(reference.tag !== undefined && { tag: reference.tag }),
    ...(known && { known }),
  };
}

/** The reference that a name is; undefined when it is none. */
export function referenceOf(name: string): ReturnType<typeof parseReference> | undefined {
  try {
    return parseReference(name);
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}
