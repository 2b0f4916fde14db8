import { maySetGroups } from "../base/index.ts";
import type { ProcessSpec, Sandbox } from "./types.ts";

/** A sandbox in a user namespace. Where only one user is mapped, asking for supplementary groups would end every step. */
export function withMappedGroups(sandbox: Sandbox): Sandbox {
  return {
    name: sandbox.name,
    run: (spec, io, options) => sandbox.run(settable(spec), io, options),
    joining: (spec, options) => sandbox.joining(settable(spec), options),
  };
}

function settable(spec: ProcessSpec): ProcessSpec {
  return maySetGroups() ? spec : { ...spec, user: { ...spec.user, additionalGids: [] } };
}
