import { readFileSync } from "node:fs";
import { lazy } from "../base/index.ts";
import type { ProcessSpec, Sandbox } from "./types.ts";

/**
 * A sandbox in a user namespace. Where only one user is mapped nobody may set supplementary groups
 * (user_namespaces(7)), and asking for some would end every step: processes are without them.
 */
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

const maySetGroups = lazy(() => readFileSync("/proc/self/setgroups", "utf8").trim() !== "deny");
