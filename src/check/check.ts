import { lastIndexAtMost, type SourceRange, TareError, withFacts } from "../base/index.ts";
import { type Dockerfile, parseDockerfile } from "../dockerfile/index.ts";
import { suggest } from "../text/index.ts";
import { baseOf } from "./base-image.ts";
import { allInstructions, type CheckContext, checkContext, globalsOf } from "./context.ts";
import { RULES } from "./rules.ts";
import { type CheckSettings, isEnabled, mergedSettings, parseCheckSettings } from "./settings.ts";
import { baseNames } from "./stages.ts";
import type { CheckReport, CheckRequest, CheckWarning, Rule } from "./types.ts";

/** The build argument that stands in for the file's `# check=`. */
const CHECK_ARG = "BUILDKIT_DOCKERFILE_CHECK";

/**
 * Checks a Dockerfile. `user-dockerfile-syntax` with its place when it can not be parsed; what would only fail
 * while it is built is not looked for.
 */
export function checkDockerfile(request: CheckRequest): CheckReport {
  const dockerfile = dockerfileOf(request);
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

/** Names of the images that stages stand on: those of which a check would like to know more. `user-dockerfile-syntax`. */
export function basesOf(request: CheckRequest): ReadonlySet<string> {
  const asked = new Set<string>();
  const image = (name: string) => void asked.add(name);
  const dockerfile = dockerfileOf(request);
  const globals = globalsOf(request, dockerfile);
  for (const name of baseNames({ request, dockerfile, globals })) baseOf({ ...request, image }, name);
  return asked;
}

/** The parsed file of a request. */
export function dockerfileOf({ dockerfile, source, file }: CheckRequest): Dockerfile {
  return dockerfile?.source === source ? dockerfile : parseDockerfile(source, { file }).dockerfile;
}

function runRule(
  rule: Rule,
  context: CheckContext,
  settings: (range: SourceRange) => CheckSettings,
): readonly CheckWarning[] {
  return [...rule.check(context)]
    .filter(({ range, cause }) => isEnabled(rule, settings(cause ?? range)))
    .map((finding) => ({ ...finding, rule }));
}

function fileSettings(request: CheckRequest, dockerfile: Dockerfile): CheckSettings {
  const directive = dockerfile.directives.find(({ key }) => key === "check");
  const argument = request.buildArgs[CHECK_ARG];
  const settings =
    argument === undefined && directive
      ? settingsAt(dockerfile, directive.range, firstWord(directive.value))
      : parseCheckSettings(argument ?? "");
  const skip = (request.skip ?? []).map(knownRule);
  return mergedSettings(settings, { skip, experimental: [], error: request.error ?? false });
}

/** A name on the command line is looked at; one in a file may be that of another program's rule. */
function knownRule(name: string): string {
  const names = RULES.map(({ id }) => id);
  if (name === "all" || names.includes(name)) return name;
  const near = suggest(name, names);
  throw new TareError("user-bad-flag", `there is no check ${JSON.stringify(name)}`, {
    hint: near === undefined ? "docs/checks/README.md lists them" : `did you mean ${near}?`,
  });
}

/** The settings at a place: the file's, and those of the first `# check=` comment above its instruction. */
function localSettings(dockerfile: Dockerfile, file: CheckSettings): (range: SourceRange) => CheckSettings {
  const own: { readonly range: SourceRange; readonly settings: CheckSettings }[] = [];
  for (const { range, description } of allInstructions(dockerfile)) {
    const [said] = (description ?? "").split("\n").flatMap((line) => COMMENT.exec(line)?.[1] ?? []);
    if (said === undefined) continue;
    own.push({ range, settings: mergedSettings(file, settingsAt(dockerfile, range, firstWord(said))) });
  }
  return ({ start }) => {
    const found = own[lastIndexAtMost(own, start.line, ({ range }) => range.start.line)];
    return found && start.line <= found.range.end.line ? found.settings : file;
  };
}

/** Settings hold no space: what follows one is a remark. */
function firstWord(text: string): string {
  return text.split(" ", 1)[0] as string;
}

/** A comment may begin with `check=` by chance, so it has to go on as settings do. */
const COMMENT = /^check\s*=\s*((?:skip|error|experimental)\s*=.*)$/i;

function settingsAt({ file, source }: Dockerfile, range: SourceRange, text: string): CheckSettings {
  try {
    return parseCheckSettings(text);
  } catch (error) {
    throw error instanceof TareError ? withFacts(error, { location: { file, source, range } }) : error;
  }
}
