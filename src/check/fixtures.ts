import { checkDockerfile } from "./check.ts";
import type { CheckReport, CheckRequest } from "./types.ts";

/** A request for linux/amd64 with nothing but the text. */
export function requestFor(source: string, rest: Partial<CheckRequest> = {}): CheckRequest {
  return {
    file: "Dockerfile",
    source,
    buildArgs: {},
    namedContexts: {},
    platform: { os: "linux", architecture: "amd64" },
    ...rest,
  };
}

/** Checks a text as a Dockerfile for linux/amd64. */
export function checkSource(source: string, rest: Partial<CheckRequest> = {}): CheckReport {
  return checkDockerfile(requestFor(source, rest));
}

/** Findings of one rule as `line` or `first-last`, with their message. */
export function findings(id: string, source: string, rest: Partial<CheckRequest> = {}): readonly string[] {
  return checkSource(source, rest)
    .warnings.filter(({ rule }) => rule.id === id)
    .map(({ range: { start, end }, message }) => {
      const lines = start.line === end.line ? String(start.line) : `${start.line}-${end.line}`;
      return `${lines} ${message}`;
    });
}
