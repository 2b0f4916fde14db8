import { isDigest } from "../base/index.ts";
import { PACKAGE_FORMS } from "../debian/index.ts";

/** Says where a value is not as it has to be: `packages[3].path is odd`; undefined when all of it is. */
type Form = (value: unknown, where: string) => string | undefined;

const WORD = text(/^[^\p{Cc}]+$/u);
const WORD_OR_NOTHING = text(/^[^\p{Cc}]*$/u);
const NAME = text(PACKAGE_FORMS.name);
const DIGEST: Form = when((value) => typeof value === "string" && isDigest(value));
const BYTES: Form = when((value) => Number.isSafeInteger(value) && (value as number) >= 0);

const RELEASE = object({
  repository: text(PACKAGE_FORMS.repository),
  suite: WORD,
  codename: WORD_OR_NOTHING,
  date: WORD_OR_NOTHING,
  validUntil: optional(WORD_OR_NOTHING),
  sha256: DIGEST,
  signedBy: list(text(/^[0-9A-F]+$/)),
});

const PACKAGE = object({
  name: NAME,
  version: text(PACKAGE_FORMS.version),
  architecture: text(PACKAGE_FORMS.architecture),
  source: text(PACKAGE_FORMS.source),
  sourceVersion: text(PACKAGE_FORMS.sourceVersion),
  section: text(PACKAGE_FORMS.section),
  installedSize: BYTES,
  repository: text(PACKAGE_FORMS.repository),
  path: text(PACKAGE_FORMS.path),
  size: BYTES,
  sha256: DIGEST,
  depends: list(NAME),
  replaces: list(NAME),
  because: list(NAME),
  newer: optional(WORD),
});

const NPM = object({
  name: text(/^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/),
  version: text(/^[0-9][0-9A-Za-z.+-]*$/),
  integrity: text(/^sha512-[A-Za-z0-9+/]{86}==$/),
});

const DROPPED = object({ name: WORD, by: NAME, relation: WORD, rule: WORD, reason: WORD });

const TARGET = object({
  release: text(/^\d+$/),
  architecture: text(PACKAGE_FORMS.architecture),
  debug: when((value) => typeof value === "boolean"),
  recipe: DIGEST,
  releases: list(RELEASE, "repository", "suite"),
  packages: list(PACKAGE, "name"),
  npm: list(NPM, "name"),
  dropped: list(DROPPED, "name", "by"),
});

const TARGETS = list(TARGET, "release", "architecture", "debug");

/**
 * What is wrong with the targets of a lock, with its place; undefined when nothing is. Names and paths have the form
 * that Debian gives them, because they become paths and text on a screen; nothing is there twice, and no key is unknown.
 */
export function problemOfTargets(value: unknown): string | undefined {
  return TARGETS(value, "targets");
}

function when(isRight: (value: unknown) => boolean): Form {
  return (value, where) => {
    if (value === undefined) return `${where} is missing`;
    return isRight(value) ? undefined : `${where} is not what it has to be`;
  };
}

function text(pattern: RegExp): Form {
  return when((value) => typeof value === "string" && pattern.test(value));
}

function optional(form: Form): Form {
  return (value, where) => (value === undefined ? undefined : form(value, where));
}

/** A list; of objects no two may say the same of some keys. */
function list(form: Form, ...keys: readonly string[]): Form {
  return (value, where) => {
    if (!Array.isArray(value)) return value === undefined ? `${where} is missing` : `${where} is no list`;
    const seen = new Set<string>();
    for (const [index, item] of value.entries()) {
      const problem = form(item, `${where}[${index}]`);
      if (problem !== undefined) return problem;
      const id = keys.length > 0 ? JSON.stringify(keys.map((key) => item[key])) : String(index);
      if (seen.has(id)) return `${where}[${index}] is there twice`;
      seen.add(id);
    }
    return undefined;
  };
}

function object(forms: Readonly<Record<string, Form>>): Form {
  return (value, where) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return `${where} is no object`;
    if (Object.keys(value).some((key) => !Object.hasOwn(forms, key))) return `${where} has an unknown key`;
    const fields = value as Readonly<Record<string, unknown>>;
    for (const [key, form] of Object.entries(forms)) {
      const problem = form(fields[key], `${where}.${key}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}
