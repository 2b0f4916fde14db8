import type { z } from "zod";
import { type SourceLocation, TareError } from "../base/index.ts";
import { suggest } from "../dockerfile/index.ts";
import { recipeSchema } from "./schema.ts";
import { keysAt } from "./schema-keys.ts";
import type { YamlFile } from "./yaml-file.ts";

type Issue = z.core.$ZodIssue;

/**
 * What the schema did not accept, as an error: of several the one that stands first in the file. A key that is missing
 * comes last, since it may only be misspelled.
 */
export function schemaError(issues: readonly Issue[], yaml: YamlFile): TareError {
  const problems = issues.flatMap((issue) => describe(issue, yaml));
  const [first] = problems.sort((a, b) => order(a) - order(b)) as [Problem];
  return new TareError("user-bad-recipe", first.message, { hint: first.hint, location: first.location });
}

interface Problem {
  readonly message: string;
  readonly hint: string;
  readonly location: SourceLocation;
  readonly isMissing?: boolean;
}

function order({ isMissing, location }: Problem): number {
  const { line, column } = location.range.start;
  return isMissing ? Number.MAX_SAFE_INTEGER : line * LONGEST_LINE + column;
}

const LONGEST_LINE = 2 ** 21;

function describe(issue: Issue, yaml: YamlFile): readonly Problem[] {
  const location = yaml.locate(issue.path);
  const what = nameOf(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, { issue, yaml }));
    case "invalid_type":
      return [wrongType(issue.expected, { issue, yaml })];
    case "invalid_value":
      return [
        {
          message: `${what} must be one of its words`,
          hint: `they are ${issue.values.join(", ")}`,
          location,
        },
      ];
    case "invalid_key":
      return issue.issues.map(({ message }) => ({
        ...said(`the key ${JSON.stringify(String(issue.path.at(-1)))}`, message),
        location: yaml.locate(issue.path, "key"),
      }));
    case "invalid_union":
      return issue.errors.every(isWholly)
        ? [{ message: `${what} must be text, or a map of keys`, hint: MANUAL, location }]
        : (issue.errors.at(-1) ?? []).flatMap((inner) =>
            describe({ ...inner, path: [...issue.path, ...inner.path] }, yaml),
          );
    case "too_small":
      if (issue.origin === "array")
        return [{ message: `${what} must not be empty`, hint: "drop the key, or name something", location }];
      return [{ ...said(what, issue.message), location }];
    default:
      return [{ ...said(what, issue.message), location }];
  }
}

/** Whether a branch of alternatives is not what is written at all. */
function isWholly([first]: readonly Issue[]): boolean {
  return first?.code === "invalid_type" && first.path.length === 0;
}

const MANUAL = "docs/recipes.md has an example of every key";

/** `directories[0].path`, as a reader finds it. */
function nameOf(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (before, step) => (typeof step === "number" ? `${before}[${step}]` : `${before}.${String(step)}`),
    "",
  );
  return text === "" ? "a recipe" : text.slice(1);
}

/** A message of the schema's own words: what, and behind the line feed the hint. */
function said(what: string, text: string): Pick<Problem, "message" | "hint"> {
  const [message = "", hint = MANUAL] = text.split("\n");
  return { message: `${what} ${message}`, hint };
}

interface Context {
  readonly issue: Issue;
  readonly yaml: YamlFile;
}

function unknownKey(key: string, { issue, yaml }: Context): Problem {
  const known = keysAt(recipeSchema, issue.path);
  const near = suggest(key, known);
  const list = known.length > 0 ? `the keys are: ${known.join(", ")}` : MANUAL;
  return {
    message: `unknown key ${JSON.stringify(key)} in ${nameOf(issue.path)}`,
    hint: near === undefined ? list : `did you mean ${near}?`,
    location: yaml.locate([...issue.path, key], "key"),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a map of keys",
  record: "a map of keys",
  string: "text",
  boolean: "true or false",
  number: "a number",
  int: "a number",
};

function wrongType(expected: string, { issue, yaml }: Context): Problem {
  const { message, path } = issue;
  const what = nameOf(path);
  const location = yaml.locate(path);
  if (valueAt(yaml.value, path) === undefined) {
    const needs = `${nameOf(path.slice(0, -1))} needs the key ${String(path.at(-1))}`;
    return { message: needs, hint: MANUAL, location, isMissing: true };
  }
  if (message.includes("\n")) return { ...said(what, message), location };
  const hint = expected === "string" ? "put it between quotes" : MANUAL;
  return { message: `${what} must be ${TYPES[expected] ?? expected}`, hint, location };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (object, step) => (typeof object === "object" && object !== null ? Reflect.get(object, step) : undefined),
    value,
  );
}
