import type { FileOp } from "../../graph/index.ts";
import type { ContentOperation } from "../../solver/index.ts";
import type { Store, StoredLayer } from "../../store/index.ts";

/**
 * An operation that adds files, and tells in a sentence when only all layers of its base could say what is at the place
 * that it writes to, and all that were still in their registry were fetched for that.
 */
export function tellingFetches(
  operation: ContentOperation,
  {
    op,
    store,
    tell,
  }: { readonly op: FileOp; readonly store: Store; readonly tell: (message: string) => void },
): ContentOperation {
  return {
    ...operation,
    async run(inputs, signal) {
      const late = await notHere(store, inputs[op.base]?.layers ?? []);
      const made = await operation.run(inputs, signal);
      if (late.length > 0 && (await notHere(store, late)).length === 0) tell(messageOf(op, late.length));
      return made;
    },
  };
}

async function notHere(store: Store, layers: readonly StoredLayer[]): Promise<readonly StoredLayer[]> {
  const remote = layers.filter(({ elsewhere }) => elsewhere !== undefined);
  const found = await Promise.all(remote.map(async ({ id }) => (await store.layers.get(id)) === undefined));
  return remote.filter((_, at) => found[at]);
}

function messageOf({ actions: [action] }: FileOp, count: number): string {
  const [what, instead] =
    action?.action === "mkdir"
      ? [action.path, "COPY --link with whole paths, without WORKDIR, needs none"]
      : [action?.destination ?? "/", "with --link it needs none"];
  return `whether the base has ${what}, only all of its layers could say: ${count} of them ${count === 1 ? "was" : "were"} fetched for that; ${instead}`;
}
