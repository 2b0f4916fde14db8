import { TareError } from "../base/index.ts";
import { resolveStageName, type Stage } from "../dockerfile/index.ts";
import { canonicalName, familiarName, parseReference, type Reference, withDefaultTag } from "../oci/index.ts";
import { mapBase } from "../settings/index.ts";
import type { FrontendRequest } from "./types.ts";

/** What a name in FROM or COPY --from stands for. */
export type NamedSource =
  | { readonly type: "stage"; readonly stage: Stage }
  | { readonly type: "scratch" }
  | {
      readonly type: "image";
      readonly identifier: string;
      readonly title: string;
      /** What the user should know of how the name was understood. */
      readonly notice?: string;
    }
  | { readonly type: "local"; readonly context: string };

/** A name, and the number of the stage that uses it: only earlier stages can be meant. */
export interface NameUse {
  readonly name: string;
  readonly before: number;
  /** Whether `0` and the like are stage numbers, as in COPY --from. */
  readonly numeric: boolean;
}

/**
 * Resolves a name: a named context wins over a stage, a stage over an image; `scratch` is always nothing. `tare/debian:13` is the
 * recipe of that name, and the settings may give other images one; every other image is looked for by whoever
 * executes the graph.
 */
export function resolveName(request: FrontendRequest, use: NameUse): NamedSource {
  const stage = earlierStage(request, use);
  if (use.name === "scratch" && !stage) return { type: "scratch" };
  const context = namedContext(request, use.name);
  if (context) return context;
  if (stage) return { type: "stage", stage };
  const ref = withDefaultTag(parseReference(use.name));
  if (ref.domain === "docker.io" && ref.path.startsWith("tare/"))
    return {
      type: "image",
      identifier: `recipe://${ref.path.slice("tare/".length)}:${ref.tag ?? ""}`,
      title: familiarName(ref),
    };
  return imageNamed(request, ref);
}

/** An image, or the recipe that composes it by the settings. */
function imageNamed({ settings }: FrontendRequest, ref: Reference): NamedSource {
  const title = canonicalName(ref);
  const image = { type: "image", identifier: `docker-image://${title}`, title } as const;
  const mapped = settings && mapBase(settings, ref);
  switch (mapped?.type) {
    case undefined:
      return image;
    case "recipe":
      return { ...image, identifier: mapped.source, notice: mapped.notice };
    case "kept":
      return { ...image, notice: mapped.notice };
    case "refused":
      throw new TareError("resolve-image", mapped.message, { hint: mapped.hint });
  }
}

function namedContext(request: FrontendRequest, name: string): NamedSource | undefined {
  const spec = request.namedContexts[name] ?? request.namedContexts[name.toLowerCase()];
  if (spec === undefined) return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(spec)?.[1];
  if (scheme === "recipe" || scheme === "oci-layout") return { type: "image", identifier: spec, title: spec };
  if (scheme === "docker-image") {
    const canonical = canonicalName(withDefaultTag(parseReference(spec.slice("docker-image://".length))));
    return { type: "image", identifier: `docker-image://${canonical}`, title: canonical };
  }
  if (scheme === undefined) return { type: "local", context: name };
  throw new TareError("user-unsupported", `build context ${name}: ${scheme}:// is not supported yet`, {
    hint: "use recipe://NAME:VERSION, docker-image://NAME of an image in the local store or a registry, oci-layout://FOLDER, a folder, or the address of a repository or archive",
  });
}

function earlierStage({ dockerfile }: FrontendRequest, use: NameUse): Stage | undefined {
  const earlier = dockerfile.stages.slice(0, use.before);
  if (!/^\d+$/.test(use.name)) return resolveStageName(earlier, use.name);
  if (!use.numeric) return undefined;
  const stage = earlier[Number(use.name)];
  if (stage) return stage;
  throw new TareError(
    "resolve-stage",
    `invalid stage index ${use.name}: only the stages before this one can be copied from`,
    {
      hint: `this is stage ${use.before}, counted from 0`,
    },
  );
}
