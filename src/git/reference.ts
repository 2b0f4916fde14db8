import { TareError } from "../base/index.ts";

/** A place in a repository, as build contexts and ADD name it. */
export interface GitReference {
  /** What git(1) gets. */
  readonly remote: string;
  /** A branch, a tag, a complete ref or a commit; absent is the default branch. */
  readonly ref?: string;
  /** A folder in it; absent is all of it. */
  readonly subdir?: string;
  /** A commit, or the beginning of its name, that it has to be. */
  readonly checksum?: string;
  readonly submodules: boolean;
  /** Whether git's own folder comes along; absent where the address says nothing of it. */
  readonly keepGitDir?: boolean;
}

const SCHEMES = ["git:", "ssh:", "http:", "https:", "git+https:", "git+ssh:"];

/**
 * Reads an address as `docker build` does (docs: "Git repositories"): `git://` and `ssh://`, `git@host:path`, HTTP
 * addresses that end in `.git`, and `github.com/…`; with `#ref:subdir` or `?ref=…&subdir=…` behind it. Undefined for
 * anything else.
 */
export function parseGitReference(text: string): GitReference | undefined {
  if (/^[\w.+-]+@[\w.-]+:(?!\/\/)/.test(text)) return withFragment(text, {});
  if (/^github\.com\/[^/]+\/[^/]+/.test(text))
    return parseGitReference(
      `https://${text.replace(/^(github\.com\/[^/#?]+\/[^/#?]+?)(\.git)?(?=[#?]|$)/, "$1.git")}`,
    );
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !SCHEMES.includes(url.protocol)) return undefined;
  if (/^https?:$/.test(url.protocol) && !url.pathname.endsWith(".git")) return undefined;
  const query = readQuery(url, text);
  url.search = "";
  return withFragment(url.href.replace(/^git\+/, ""), query);
}

type Query = Partial<Omit<GitReference, "remote">>;

/** Parameters that stand for `true` when they have no value. */
const SWITCHES = ["submodules", "keep-git-dir", "fetch-by-commit"];

function readQuery(url: URL, text: string): Query {
  const given = new Map<string, string>();
  for (const [key, value] of url.searchParams) {
    if (given.has(key)) throw badQuery(text, `the parameter ${JSON.stringify(key)} twice`);
    if (value === "" && !SWITCHES.includes(key))
      throw badQuery(text, `no value of the parameter ${JSON.stringify(key)}`);
    given.set(key, value);
  }
  const names = ["ref", "branch", "tag"].flatMap((key) => {
    const value = given.get(key);
    return value === undefined ? [] : [fullName(key, value)];
  });
  if (new Set(names).size > 1) throw badQuery(text, `${names.join(" and ")} at once`);
  let found: Query = {};
  for (const [key, value] of given) found = { ...found, ...parameter(key, value, text) };
  if (!given.has("fetch-by-commit") || !truth(given.get("fetch-by-commit") ?? "", text)) return found;
  if (!/^[0-9a-f]{40}$/.test(found.checksum ?? ""))
    throw badQuery(text, "fetch-by-commit without a complete commit");
  return { ...found, ref: found.checksum as string };
}

function parameter(key: string, value: string, text: string): Query {
  switch (key) {
    case "ref":
    case "branch":
    case "tag":
      return { ref: fullName(key, value) };
    case "subdir":
    case "checksum":
      return { [key]: value };
    case "commit":
      return { checksum: value };
    case "submodules":
      return { submodules: truth(value, text) };
    case "keep-git-dir":
      return { keepGitDir: truth(value, text) };
    case "fetch-by-commit":
      return {};
    case "mtime":
      if (value === "checkout" || value === "commit") return {};
      throw badQuery(text, `mtime=${value}, which is neither checkout nor commit,`);
    default:
      throw badQuery(text, `unexpected query parameter ${JSON.stringify(key)}`);
  }
}

/** What Go's ParseBool takes; nothing at all is true. */
function truth(value: string, text: string): boolean {
  if (/^(|1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw badQuery(text, `${JSON.stringify(value)}, which is neither true nor false,`);
}

function badQuery(text: string, what: string): TareError {
  return new TareError("user-bad-reference", `${what} in ${text}`, {
    hint: "it takes ref, branch or tag, commit or checksum, subdir, submodules, keep-git-dir, mtime and fetch-by-commit, each once",
  });
}

function fullName(key: string, value: string): string {
  if (key === "branch" && !value.startsWith("refs/")) return `refs/heads/${value}`;
  return key === "tag" && !value.startsWith("refs/") ? `refs/tags/${value}` : value;
}

/** `#ref:subdir`; either may be missing. */
function withFragment(text: string, query: Query): GitReference {
  const hash = text.indexOf("#");
  const remote = hash < 0 ? text : text.slice(0, hash);
  const fragment = hash < 0 ? "" : decoded(text.slice(hash + 1), text);
  const colon = fragment.indexOf(":");
  const behind = {
    ref: colon < 0 ? fragment : fragment.slice(0, colon),
    subdir: colon < 0 ? "" : fragment.slice(colon + 1),
  };
  const ref = query.ref ?? behind.ref;
  const subdir = query.subdir ?? behind.subdir;
  if ((behind.ref && behind.ref !== ref) || (behind.subdir && behind.subdir !== subdir))
    throw badQuery(text, "one thing before the # and another one behind it");
  const clean = subdir
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
  if (clean.split("/").includes(".."))
    throw new TareError("user-bad-reference", `the folder ${JSON.stringify(subdir)} leads out of ${remote}`, {
      hint: "name a folder inside the repository",
    });
  return {
    remote,
    submodules: query.submodules ?? true,
    ...(query.checksum !== undefined && { checksum: query.checksum }),
    ...(query.keepGitDir !== undefined && { keepGitDir: query.keepGitDir }),
    ...(ref !== "" && { ref }),
    ...(clean !== "" && { subdir: clean }),
  };
}

function decoded(fragment: string, text: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch (cause) {
    throw new TareError("user-bad-reference", `the part behind # of ${text} is not well-formed`, {
      hint: "write a percent sign as %25",
      cause,
    });
  }
}
