import type * as z from "zod";
import { type SourceLocation, TareError } from "../base/index.ts";
import { keysAt } from "./schema-keys.ts";
import { suggest } from "./suggest.ts";
import type { YamlFile } from "./yaml-file.ts";

type Issue = z.core.$ZodIssue;

/**
 * What the schema did not accept, as an error: of several the one that stands first in the file. A key that is missing
 * comes last, since it may only be misspelled.
 */
export function schemaError(issues: readonly Issue[], checked: Checked): TareError {
  const problems = issues.flatMap((issue) => describe(issue, checked));
  const [first] = problems.sort((a, b) => order(a) - order(b)) as [Problem];
  return new TareError(checked.yaml.kind.code, first.message, {
    hint: first.hint,
    location: first.location,
  });
}

/** A file and the schema that did not accept it. */
interface Checked {
  readonly yaml: YamlFile;
  readonly schema: z.core.$ZodType;
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

function describe(issue: Issue, checked: Checked): readonly Problem[] {
  const { yaml } = checked;
  const { noun, manual } = yaml.kind;
  const location = yaml.locate(issue.path);
  const what = nameOf(issue.path, noun);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, { ...checked, issue }));
    case "invalid_type":
      return [wrongType(issue.expected, { ...checked, issue })];
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
        ...said(`the key ${JSON.stringify(String(issue.path.at(-1)))}`, message, manual),
        location: yaml.locate(issue.path, "key"),
      }));
    case "invalid_union":
      return issue.errors.every(isWholly)
        ? [{ message: `${what} must be text, or a map of keys`, hint: manual, location }]
        : (issue.errors.at(-1) ?? []).flatMap((inner) =>
            describe({ ...inner, path: [...issue.path, ...inner.path] }, checked),
          );
    case "too_small":
      if (issue.origin === "array")
        return [{ message: `${what} must not be empty`, hint: "drop the key, or name something", location }];
      return [{ ...said(what, issue.message, manual), location }];
    default:
      return [{ ...said(what, issue.message, manual), location }];
  }
}

/** Whether a branch of alternatives is not what is written at all. */
function isWholly([first]: readonly Issue[]): boolean {
  return first?.code === "invalid_type" && first.path.length === 0;
}

/** `directories[0].path`, as a reader finds it. */
function nameOf(path: readonly PropertyKey[], noun: string): string {
  const text = path.reduce<string>(
    (before, step) => (typeof step === "number" ? `${before}[${step}]` : `${before}.${String(step)}`),
    "",
  );
  return text === "" ? noun : text.slice(1);
}

/** A message of the schema's own words: what, and behind the line feed the hint. */
function said(what: string, text: string, manual: string): Pick<Problem, "message" | "hint"> {
  const [message = "", hint = manual] = text.split("\n");
  return { message: `${what} ${message}`, hint };
}

interface Context extends Checked {
  readonly issue: Issue;
}

function unknownKey(key: string, { issue, yaml, schema }: Context): Problem {
  const { noun, manual } = yaml.kind;
  const known = keysAt(schema, issue.path);
  const near = suggest(key, known);
  const list = known.length > 0 ? `the keys are: ${known.join(", ")}` : manual;
  return {
    message: `unknown key ${JSON.stringify(key)} in ${nameOf(issue.path, noun)}`,
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
  const { noun, manual } = yaml.kind;
  const what = nameOf(path, noun);
  const location = yaml.locate(path);
  if (valueAt(yaml.value, path) === undefined) {
    const needs = `${nameOf(path.slice(0, -1), noun)} needs the key ${String(path.at(-1))}`;
    return { message: needs, hint: manual, location, isMissing: true };
  }
  if (message.includes("\n")) return { ...said(what, message, manual), location };
  const hint = expected === "string" ? "put it between quotes" : (missedSpace(yaml, path) ?? manual);
  return { message: `${what} must be ${TYPES[expected] ?? expected}`, hint, location };
}

/** `-a` and `a:b` are text in YAML: what was meant, where that is what stands there. */
function missedSpace({ value }: YamlFile, path: readonly PropertyKey[]): string | undefined {
  const written = valueAt(value, path);
  if (typeof written !== "string") return undefined;
  if (/^-\S/.test(written)) return `a space has to follow the dash: - ${written.slice(1).split(" ", 1)[0]}`;
  const [, key, rest] = /^([\w.-]+):(\S+)/.exec(written) ?? [];
  return key === undefined ? undefined : `a space has to follow the colon: ${key}: ${rest}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (object, step) => (typeof object === "object" && object !== null ? Reflect.get(object, step) : undefined),
    value,
  );
}
