import type { Rule } from "./types.ts";

/** The page of a rule in this project. */
export function ruleUrl(id: string): string {
  return `docs/checks/${id}.md`;
}

/** BuildKit's own address of a check, as `docker build --check` prints it; undefined for Tare's rules. */
export function dockerUrl({ id, group }: Rule): string | undefined {
  if (group !== "buildkit") return undefined;
  const kebab = id.replace(/^JSON/, "Json").replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`);
  return `https://docs.docker.com/go/dockerfile/rule/${kebab.toLowerCase()}/`;
}
