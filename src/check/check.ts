import type { SourceRange } from "../base/index.ts";
import { type Dockerfile, parseDockerfile } from "../dockerfile/index.ts";
import { allInstructions, type CheckContext, checkContext } from "./context.ts";
import { RULES } from "./rules.ts";
import { type CheckSettings, isEnabled, mergedSettings, parseCheckSettings } from "./settings.ts";
import type { CheckReport, CheckRequest, CheckWarning, Rule } from "./types.ts";

/** The build argument that stands in for the file's `# check=`. */
const CHECK_ARG = "BUILDKIT_DOCKERFILE_CHECK";

/**
 * Checks a Dockerfile. `user-dockerfile-syntax` with its place when it can not be parsed; what would only fail
 * while it is built is not looked for.
 */
export function checkDockerfile(request: CheckRequest): CheckReport {
  const { dockerfile } = parseDockerfile(request.source, { file: request.file });
  const context = checkContext(request, dockerfile);
  const settings = fileSettings(request, dockerfile);
  const local = localSettings(dockerfile, settings);
  const warnings = RULES.flatMap((rule) => runRule(rule, context, local));
  return {
    file: request.file,
    source: request.source,
    warnings: warnings.toSorted((a, b) => a.range.start.line - b.range.start.line),
    error: settings.error,
  };
}

function runRule(
  rule: Rule,
  context: CheckContext,
  settings: (range: SourceRange) => CheckSettings,
): readonly CheckWarning[] {
  return [...rule.check(context)]
    .filter(({ range }) => isEnabled(rule, settings(range)))
    .map((finding) => ({ ...finding, rule }));
}

function fileSettings(request: CheckRequest, { directives }: Dockerfile): CheckSettings {
  const written = directives.find(({ key }) => key === "check")?.value ?? "";
  const settings = parseCheckSettings(request.buildArgs[CHECK_ARG] ?? written);
  return mergedSettings(settings, {
    skip: request.skip ?? [],
    experimental: [],
    error: request.error ?? false,
  });
}

/** The settings at a place: the file's, and those of a `# check=` comment directly above its instruction. */
function localSettings(dockerfile: Dockerfile, file: CheckSettings): (range: SourceRange) => CheckSettings {
  const own = allInstructions(dockerfile).map(({ range, description }) => ({
    range,
    settings: commentSettings(description ?? ""),
  }));
  return ({ start }) => {
    const found = own.find(({ range }) => range.start.line <= start.line && start.line <= range.end.line);
    return found ? mergedSettings(file, found.settings) : file;
  };
}

function commentSettings(description: string): CheckSettings {
  return description
    .split("\n")
    .map((line) => /^check\s*=(.*)$/i.exec(line)?.[1])
    .filter((text) => text !== undefined)
    .map(parseCheckSettings)
    .reduce(mergedSettings, { skip: [], experimental: [], error: false });
}
