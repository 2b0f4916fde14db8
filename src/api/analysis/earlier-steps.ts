import type { ImageAnalysis } from "../../analysis/index.ts";
import { type Digest, defined, lazyAsync } from "../../base/index.ts";
import type { EarlierStep, FileReason } from "../../causes/index.ts";
import { openSnapshot, type Snapshot } from "../../solver/index.ts";
import type { BuildRecord, BuildStep, StepCopy, Store } from "../../store/index.ts";
import { unlessItFails } from "../unless-it-fails.ts";
import { analyseLayers } from "./analyse.ts";
import { type CopiedFiles, contextSources, copiedFiles, sourceAt } from "./copied-from.ts";

/** Follows files of an image back through the stages of its build. */
export interface FileHistory {
  /** What is known of a file: the steps that had it before, and the build context that it is from. */
  of(reason: FileReason): Promise<Pick<FileReason, "before" | "context">>;
}

/**
 * Opens what the store remembers of an image's build; undefined for an image that was not built here. A stage whose
 * layers are not in the store any more ends the way back.
 */
export async function openFileHistory(
  store: Store,
  image: Digest,
  signal: AbortSignal,
): Promise<FileHistory | undefined> {
  const [record, found] = await Promise.all([store.builds.get(image), store.images.resolve(image)]);
  if (!record || !found) return undefined;
  const stages = lazyStages(store, signal);
  const history: History = { record, stages, copies: new Map() };
  return {
    async of({ path, layer, kind, target, link }) {
      const id = found.layers[layer.number];
      const file = kind === "hardlink" ? (link ?? path) : path;
      if (id === undefined || target) return {};
      const dockerfile = layer.origin?.dockerfile ?? "Dockerfile";
      return walkBack({ path: file, layer: id }, { ...history, dockerfile, last: record.steps.length - 1 });
    },
  };
}

interface History {
  readonly record: BuildRecord;
  readonly stages: (layers: readonly string[]) => Stage;
  /** What copies took, once that was found. */
  readonly copies: Map<StepCopy, Promise<CopiedFiles>>;
}

/** The result of a step that others copy from. */
interface Stage {
  readonly snapshot: () => Promise<Snapshot | undefined>;
  readonly analysis: () => Promise<Omit<ImageAnalysis, "image">>;
}

function lazyStages(store: Store, signal: AbortSignal): History["stages"] {
  const known = new Map<string, Stage>();
  return (layers) => {
    const key = layers.join();
    const before = known.get(key);
    if (before) return before;
    const snapshot = lazyAsync(() => openSnapshot(store, { layers, created: [] }));
    const stage: Stage = {
      snapshot,
      analysis: lazyAsync(async () => {
        const job = { root: store.root, layers, compressed: layers.map(() => null) };
        return analyseLayers(job, { store, layers: (await snapshot())?.layers ?? [] }, signal);
      }),
    };
    known.set(key, stage);
    return stage;
  };
}

interface Walk extends History {
  readonly dockerfile: string;
  /** The step that the file is in the result of: only what it stands on can have made it. */
  readonly last: number;
}

async function walkBack(
  { path, layer }: { readonly path: string; readonly layer: string },
  walk: Walk,
): Promise<Pick<FileReason, "before" | "context">> {
  const { record, dockerfile } = walk;
  const maker = makerOf(layer, walk);
  const copies = maker?.copies ?? [];
  for (const copy of copies.toReversed()) {
    const { result } = record.steps[copy.input] as BuildStep;
    // Whatever a record says, the way back ends.
    if (!result || copy.input >= walk.last) continue;
    const source = sourceAt(await taken(copy, { ...walk, result }), path);
    const below = source && result[source.layer];
    if (!source || below === undefined) continue;
    const at = {
      path: source.inode?.slice(source.inode.indexOf(":") + 1) ?? source.entry.path,
      layer: below,
    };
    const inside = { ...walk, last: copy.input };
    const earlier = makerOf(below, inside);
    const step: EarlierStep = {
      title: titleOf(earlier),
      path: source.entry.path,
      ...defined({
        place: earlier && placeOf(earlier, { record, dockerfile }),
        package: await packageOf(source.entry.path, { ...inside, maker: earlier, result }),
      }),
    };
    const rest = await walkBack(at, inside);
    return { ...rest, before: [step, ...(rest.before ?? [])] };
  }
  const local = copies.filter(({ input }) => isContext(record.steps[input] as BuildStep));
  const context = contextSources(local, path);
  return context.length > 0 ? { context } : {};
}

/** What is in no stage is a build context. */
function isContext({ stage, added }: BuildStep): boolean {
  return stage === undefined && added === undefined;
}

/** The step that added a layer, among those that `last` stands on. */
function makerOf(layer: string, { record, last }: Pick<Walk, "record" | "last">): BuildStep | undefined {
  const open = [last];
  const seen = new Set(open);
  for (const place of open) {
    const step = record.steps[place];
    if (step?.added?.includes(layer)) return step;
    for (const input of step?.inputs ?? [])
      if (!seen.has(input)) {
        seen.add(input);
        open.push(input);
      }
  }
  return undefined;
}

/** What a copy took; nothing when the stage is not there any more, or damaged. */
function taken(
  copy: StepCopy,
  { copies, stages, result }: History & { readonly result: readonly string[] },
): Promise<CopiedFiles> {
  const known = copies.get(copy);
  if (known) return known;
  const found = unlessItFails(async () => {
    const snapshot = await stages(result).snapshot();
    return snapshot && copiedFiles(copy, snapshot);
  }).then((files) => files ?? new Map());
  copies.set(copy, found);
  return found;
}

/** Which package of the stage a file is in; of files that a copy has brought nobody asks. */
async function packageOf(
  path: string,
  {
    maker,
    stages,
    result,
  }: History & { readonly maker: BuildStep | undefined; readonly result: readonly string[] },
): Promise<EarlierStep["package"]> {
  if (maker?.copies) return undefined;
  const analysis = await unlessItFails(() => stages(result).analysis());
  const place = analysis?.files.find((file) => file.path === path)?.package;
  const found = place === undefined ? undefined : analysis?.packages[place];
  return found && { type: found.type, name: found.name, version: found.version, purl: found.purl };
}

/** `[build 2/4] RUN make` without its number. */
function titleOf(step: BuildStep | undefined): string {
  return step?.name.replace(/^\[[^\]]*\] */, "") ?? "a step that is not known any more";
}

function placeOf(
  { lines, stage }: BuildStep,
  { record, dockerfile }: Pick<Walk, "record" | "dockerfile">,
): string | undefined {
  const [first, last] = lines ?? [];
  const name = stage === undefined ? undefined : record.stages[stage]?.name.toLowerCase();
  const parts = [
    first === undefined ? [] : [`${dockerfile}:${first === last ? first : `${first}-${last}`}`],
    name === undefined ? [] : [`stage ${name.replace(/^stage-(?=\d+$)/, "")}`],
  ].flat();
  return parts.length > 0 ? parts.join(", ") : undefined;
}
