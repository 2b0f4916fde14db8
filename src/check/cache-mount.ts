import { posix } from "node:path";
import type { RunInstruction } from "../dockerfile/index.ts";
import type { Step } from "./stages.ts";

/** Whether a RUN has a cache (or nothing but memory) mounted at one of these folders or above, so that nothing of it stays in the layer. */
export function hasCacheMount({ instruction }: Step<RunInstruction>, ...folders: readonly string[]): boolean {
  return mountTargets(instruction).some((target) =>
    folders.some((folder) => folder === target || folder.startsWith(`${target}/`)),
  );
}

/** Whether any cache is mounted whose path fits. */
export function hasCacheLike({ instruction }: Step<RunInstruction>, pattern: RegExp): boolean {
  return mountTargets(instruction).some((target) => pattern.test(target));
}

function mountTargets({ mounts }: RunInstruction): readonly string[] {
  return mounts.flatMap(({ options }) => {
    const type = options.find(({ key }) => key === "type")?.value;
    if (type !== "cache" && type !== "tmpfs") return [];
    return options
      .filter(({ key }) => ["target", "dst", "destination"].includes(key))
      .map(({ value }) => withoutSlash(posix.normalize(value)));
  });
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
