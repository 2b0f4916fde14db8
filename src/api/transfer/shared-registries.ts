import { parseReference } from "../../oci/index.ts";
import type { Registry } from "../../registry/index.ts";
import type { RegistryAccess, RegistryChoice } from "./registry-access.ts";

/** The registry of a repository, until disposed; who comes while others are at it shares their connections. */
export type SharedRegistries = (repository: string) => Promise<OpenedRegistry>;

export interface OpenedRegistry extends AsyncDisposable {
  readonly registry: Registry;
}

export function sharedRegistries(choice: RegistryChoice, signal: AbortSignal): SharedRegistries {
  let users = 0;
  let opened: Promise<RegistryAccess> | undefined;
  const known = new Map<string, Registry>();
  return async (repository) => {
    users++;
    opened ??= import("./registry-access.ts").then(({ openRegistries }) => openRegistries(choice, signal));
    const own = opened;
    const leave = async () => {
      users--;
      if (users > 0) return;
      opened = undefined;
      known.clear();
      await (await own)[Symbol.asyncDispose]();
    };
    try {
      const access = await own;
      const registry = known.get(repository) ?? access.registry(parseReference(repository));
      known.set(repository, registry);
      return { registry, [Symbol.asyncDispose]: leave };
    } catch (error) {
      await leave();
      throw error;
    }
  };
}
