import { type Digest, isDigest, TareError } from "../base/index.ts";

/** An image's name, complete: `docker.io/library/debian:13`, perhaps with a digest. */
export interface Reference {
  /** Host and port: `docker.io`, `localhost:5000`. */
  readonly domain: string;
  /** Path of the repository: `library/debian`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const DOMAIN = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]+)?$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * Reads a name as people write it, with Docker's defaults: domain `docker.io`, `library/` before a
 * single component. The tag stays absent when none is written (distribution/reference, grammar).
 * `user-bad-reference` for anything else.
 */
export function parseReference(text: string): Reference {
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0 || (digest !== undefined && !isDigest(digest)))
    throw bad(text, "the digest is not sha256:<64 hex digits>");
  if (/^[0-9a-f]{64}$/.test(named)) throw bad(text, "64 hex digits are an image id, not a name");
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw bad(text, "the tag has a character that tags can not have");
  const { domain, path } = splitDomain(tagged ? named.slice(0, colon) : named);
  if (!DOMAIN.test(domain)) throw bad(text, "the registry's host name is malformed");
  if (Number(/:(\d+)$/.exec(domain)?.[1] ?? 0) > 65_535)
    throw bad(text, "the registry's port is beyond 65535");
  checkPath(path, text);
  return { domain, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** The same for a text that may be something else, such as an id: undefined when it is no name. */
export function readReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

/** The same with `:latest` when neither tag nor digest is given. */
export function withDefaultTag(ref: Reference): Reference {
  return ref.tag === undefined && ref.digest === undefined ? { ...ref, tag: "latest" } : ref;
}

/** The short form that people write: `debian:13`, `tare/debian:13`, `localhost:5000/a:b`. */
export function familiarName(ref: Reference): string {
  return familiarRepository(ref) + suffix(ref);
}

/** The short form of the repository alone: `debian`, `tare/debian`, `localhost:5000/a`. */
export function familiarRepository(ref: Reference): string {
  const full = `${ref.domain}/${ref.path}`;
  if (ref.domain !== "docker.io") return full;
  const shorter = [ref.path.replace(/^library\//, ""), ref.path];
  return shorter.find((name) => isShortFor(name, ref)) ?? full;
}

/** The complete form, which is the same for all ways to write a name. */
export function canonicalName(ref: Reference): string {
  return `${ref.domain}/${ref.path}${suffix(ref)}`;
}

/** Docker's defaults do not lead from every shorter form back to the same name: `docker.io/a.b/c`. */
function isShortFor(name: string, ref: Reference): boolean {
  const { domain, path } = splitDomain(name);
  return domain === ref.domain && path === ref.path;
}

function suffix(ref: Reference): string {
  return (ref.tag === undefined ? "" : `:${ref.tag}`) + (ref.digest === undefined ? "" : `@${ref.digest}`);
}

function splitDomain(name: string): { readonly domain: string; readonly path: string } {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const isDomain = /[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first;
  const domain = isDomain ? first : "docker.io";
  const path = isDomain ? name.slice(slash + 1) : name;
  if (domain === "index.docker.io") return splitDomain(`docker.io/${path}`);
  return { domain, path: domain === "docker.io" && !path.includes("/") ? `library/${path}` : path };
}

function checkPath(path: string, text: string): void {
  if (path.toLowerCase() !== path) throw bad(text, "repository names are lower case");
  if (!path.split("/").every((component) => COMPONENT.test(component)) || path.length > 255)
    throw bad(text, "the repository name is malformed");
}

function bad(text: string, why: string): TareError {
  return new TareError("user-bad-reference", `invalid image reference ${JSON.stringify(text)}: ${why}`, {
    hint: "write NAME[:TAG][@DIGEST], for example myapp:1.0 or registry.example.com/team/myapp:1.0",
  });
}
