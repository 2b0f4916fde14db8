import type { ProcessOperation } from "./operation.ts";
import { cacheKey } from "./record.ts";
import { emptySnapshot, stack } from "./snapshot.ts";

/** Layers of all inputs on top of each other. */
export function mergeOperation(): ProcessOperation {
  return {
    kind: "process",
    key: (inputs) => cacheKey({ type: "merge", inputs: inputs.map((key) => key.digest) }),
    run: async (inputs) => {
      const [first = emptySnapshot(), ...rest] = inputs;
      const added = rest.flatMap(({ layers, created }) =>
        layers.map((layer, at) => ({ layer, created: created[at] ?? 0 })),
      );
      return stack(first, added);
    },
  };
}
