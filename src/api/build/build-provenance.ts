import { basename, isAbsolute, relative } from "node:path";
import { defined } from "../../base/index.ts";
import type { StepOrigin } from "../../frontend/index.ts";
import type { SourceOp } from "../../graph/index.ts";
import type { ImageProvenance, LayerOrigin } from "../../provenance/index.ts";
import type { Store } from "../../store/index.ts";
import type { BuildJob } from "./job.ts";
import type { ImagePlan } from "./plan-job.ts";

/**
 * What made each of the layers that a build comes to: the instruction that wrote the line of history which the layer has,
 * the recipe of a composed base, what is known of a base's layers.
 */
export async function buildProvenance(
  job: Pick<BuildJob, "dockerfile" | "contexts">,
  { plan, store, layers }: { readonly plan: ImagePlan; readonly store: Store; readonly layers: number },
): Promise<ImageProvenance> {
  const written = plan.origins.filter((_, at) => plan.image.history[at]?.empty_layer !== true);
  // How many layers a composed base has shows only when it is composed; other bases may have no history.
  const more = Math.max(layers - written.length, 0);
  const below = written[0]?.base && written[0];
  const all = [...Array.from({ length: more }, () => below), ...written].slice(0, layers);
  const dockerfile = shownFile(job);
  const known = new Map<string, ImageProvenance | undefined>();
  const found: (LayerOrigin | null)[] = [];
  let number = 0;
  for (const origin of all) {
    number = origin?.base && origin.base === all[found.length - 1]?.base ? number + 1 : 0;
    if (!origin) found.push(null);
    else if (origin.base) found.push(await ofBase(origin, { plan, store, known, number, dockerfile }));
    else found.push(ofStep(origin, dockerfile));
  }
  return { layers: found };
}

/** Who gets the image need not know the folders of this machine. */
function shownFile({ dockerfile: { file }, contexts }: Pick<BuildJob, "dockerfile" | "contexts">): string {
  if (!isAbsolute(file)) return file;
  const [source] = contexts.map((context) => context.source);
  const inside = source && "directory" in source ? relative(source.directory, file) : "..";
  return inside.startsWith("..") ? basename(file) : inside;
}

function ofStep({ keyword, stage, range, from }: StepOrigin, dockerfile: string): LayerOrigin {
  return {
    instruction: keyword,
    dockerfile,
    stage,
    lines: [range.start.line, range.end.line],
    ...defined({ from }),
  };
}

interface BaseLayer {
  readonly plan: ImagePlan;
  readonly store: Store;
  /** Of images that were asked for before. */
  readonly known: Map<string, ImageProvenance | undefined>;
  /** Of the base's layers, from 0. */
  readonly number: number;
  readonly dockerfile: string;
}

async function ofBase(
  origin: StepOrigin & { readonly base?: { readonly identifier: string } | undefined },
  { plan, store, known, number, dockerfile }: BaseLayer,
): Promise<LayerOrigin> {
  const own = ofStep(origin, dockerfile);
  const source = { type: "source", ...origin.base } as SourceOp;
  const opened = plan.recipeOf(source);
  if (opened) {
    const { recipe, reference } = opened;
    const name = reference.kind === "shipped" ? `tare/${recipe.name}` : recipe.name;
    const packages = [...recipe.packages, ...recipe.npm].map((item) => item.name);
    return { ...own, recipe: { name, system: `debian-${recipe.release}`, packages } };
  }
  const image = source.identifier.replace(/^docker-image:\/\//, "").replace(/^oci-layout:\/\/.*\//, "");
  const id = plan.imageOf(source);
  if (id !== undefined && !known.has(id)) known.set(id, (await store.images.resolve(id))?.provenance);
  const inherited = id === undefined ? undefined : known.get(id)?.layers[number];
  return inherited ? { ...inherited, image: inherited.image ?? image } : { ...own, image };
}
