import { assertNever, type Digest, streamOf, TareError } from "../base/index.ts";
import type { CopyAction, FileAction, FileOp, MkdirAction, MkfileAction } from "../graph/index.ts";
import { dropDamaged, type Store } from "../store/index.ts";
import { clampTimes, type Selection } from "../tree/index.ts";
import { resolveOwner } from "./accounts.ts";
import { type CopyChange, copyInto } from "./copy.ts";
import { createDraft, type Draft } from "./draft.ts";
import { lookInto } from "./files.ts";
import type { ContentOperation } from "./operation.ts";
import { type CacheKey, cacheKey } from "./record.ts";
import { selectionDigest, selectSources } from "./selection.ts";
import { emptySnapshot, type Snapshot, stack } from "./snapshot.ts";
import { withoutUnchanged } from "./unchanged.ts";
import { unpackInto } from "./unpack.ts";

/** What file operations need from outside. */
export interface FileEnvironment {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** SOURCE_DATE_EPOCH, seconds: no file of a new layer is younger. */
  readonly epoch?: number;
}

/** COPY, ADD, WORKDIR: new files as one tar layer, straight from their sources. Needs no privileges. */
export function fileOperation(op: FileOp, environment: FileEnvironment): ContentOperation {
  const sources = [
    ...new Set(op.actions.flatMap((action) => (action.action === "copy" ? [action.input] : []))),
  ];
  const keyData = (inputs: readonly CacheKey[], content: unknown) => ({
    type: "file",
    actions: op.actions,
    base: inputs[op.base]?.digest ?? null,
    epoch: environment.epoch ?? null,
    content,
  });
  return {
    kind: "content",
    sources,
    keyByDefinition: (inputs) =>
      cacheKey(keyData(inputs, { definitions: sources.map((at) => inputs[at]?.digest) })),
    keyByContent: async (inputs, snapshots) =>
      cacheKey(keyData(inputs, await contents(op.actions, snapshots))),
    run: (inputs) => makeLayer(op, inputs, environment),
  };
}

/** For every copy the digest of what it selects; null for actions without sources. */
function contents(
  actions: readonly FileAction[],
  snapshots: readonly (Snapshot | undefined)[],
): Promise<readonly (Digest | null)[]> {
  return Promise.all(
    actions.map((action) =>
      action.action === "copy" ? selectionDigest(snapshots[action.input] as Snapshot, action) : null,
    ),
  );
}

async function makeLayer(
  op: FileOp,
  inputs: readonly Snapshot[],
  environment: FileEnvironment,
): Promise<Snapshot> {
  const { store, now, epoch } = environment;
  const base = inputs[op.base] ?? emptySnapshot();
  const created = now();
  await using scratch = await store.scratch();
  const context = { base, inputs, scratch: scratch.path, now: Math.floor(created / 1000) };
  const { entries, read, bring } = await lookInto(base, async (tree) => {
    const draft = createDraft(tree, base.layers.length);
    let files = 0;
    for (const action of op.actions) files += await applyAction(draft, action, { ...context, files });
    return draft.finish();
  });
  const { digests } = base;
  const clamped = clampTimes(entries, epoch);
  const layer = await lookInto(base, (tree) => withoutUnchanged(clamped, { tree, digests, read }))
    .then(async (changed) => {
      await using _files = await bring(changed);
      return await store.layers.addEntries(changed, read);
    })
    .catch(async (error: unknown) => {
      await dropDamaged(
        inputs.flatMap(({ layers }) => layers),
        error,
      );
      throw error;
    });
  return stack(base, [{ layer, created }]);
}

interface ActionContext {
  readonly base: Snapshot;
  readonly inputs: readonly Snapshot[];
  readonly scratch: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** How many files earlier actions have brought. */
  readonly files: number;
}

/** Gives the number of files that it was told to place, as opposed to directories. */
async function applyAction(draft: Draft, action: FileAction, context: ActionContext): Promise<number> {
  switch (action.action) {
    case "copy":
      return applyCopy(draft, action, context);
    case "mkdir":
      return applyMkdir(draft, action, context);
    case "mkfile":
      return applyMkfile(draft, action, context);
    default:
      return assertNever(action);
  }
}

async function applyCopy(
  draft: Draft,
  action: CopyAction,
  { base, inputs, scratch, now, files: earlier }: ActionContext,
): Promise<number> {
  const files = inputs[action.input] as Snapshot;
  const change = await changeOf(action, { base, keepOwner: action.keepOwner, now });
  const selected = await selectSources(files, action);
  const count = selected.filter((source) => !isDirectory(source)).length;
  requireRoom(draft, action, { count, earlier });
  for (const source of selected) {
    const [top] = source.nodes;
    if (!top) continue;
    const unpacked =
      action.unpack &&
      (await unpackInto(draft, top, { files, scratch, destination: action.destination, change }));
    if (!unpacked) copyInto(draft, source, { action, files, change });
  }
  return count;
}

async function changeOf(
  action: { readonly chown?: string; readonly chmod?: string },
  { base, keepOwner, now }: { readonly base: Snapshot; readonly keepOwner: boolean; readonly now: number },
): Promise<CopyChange> {
  const owner = action.chown === undefined ? undefined : await resolveOwner(base, action.chown);
  return {
    keepOwner,
    now,
    ...(owner && { owner }),
    ...(action.chmod !== undefined && { chmod: action.chmod }),
  };
}

function isDirectory({ nodes }: Selection): boolean {
  return nodes[0]?.entry.kind === "dir";
}

/** Several files need a directory to go to; the reference lets the last one win, which nobody wants. */
function requireRoom(
  draft: Draft,
  { destination }: Pick<CopyAction, "destination">,
  { count, earlier }: { readonly count: number; readonly earlier: number },
): void {
  if (count === 0 || count + earlier < 2 || destination.endsWith("/")) return;
  if (draft.find(destination.slice(1))?.entry.kind === "dir") return;
  throw new TareError("user-conflict", `several files go to ${destination}, which is not a directory`, {
    hint: `write ${destination}/ to make it one`,
  });
}

async function applyMkdir(
  draft: Draft,
  { path, mode, owner }: MkdirAction,
  { base, now }: ActionContext,
): Promise<number> {
  const by = owner === undefined ? {} : { owner: await resolveOwner(base, owner) };
  draft.makeDirectory(path.slice(1), { mode, mtime: now, ...by });
  return 0;
}

async function applyMkfile(
  draft: Draft,
  action: MkfileAction,
  { base, now, files: earlier }: ActionContext,
): Promise<number> {
  requireRoom(draft, action, { count: 1, earlier });
  const change = await changeOf(action, { base, keepOwner: false, now });
  const bytes = Buffer.from(action.content);
  const entry = {
    path: action.name,
    kind: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: now,
    size: bytes.length,
  } as const;
  const node = { entry, layer: 0 };
  copyInto(
    draft,
    { name: action.name, top: action.name, nodes: [node] },
    { action: { destination: action.destination }, files: { read: () => streamOf(bytes) }, change },
  );
  return 1;
}
