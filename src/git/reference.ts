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

function readQuery(url: URL, text: string): Query {
  let found: Query = {};
  for (const [key, value] of url.searchParams) {
    if (key === "ref" || key === "branch" || key === "tag") found = { ...found, ref: fullName(key, value) };
    else if (key === "subdir" || key === "checksum" || key === "commit")
      found = { ...found, [key === "commit" ? "checksum" : key]: value };
    else if (key === "submodules") found = { ...found, submodules: value !== "false" && value !== "0" };
    else
      throw new TareError(
        "user-bad-reference",
        `unexpected query parameter ${JSON.stringify(key)} in ${text}`,
        {
          hint: "it takes ref, branch, tag, commit, checksum, subdir and submodules",
        },
      );
  }
  return found;
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
  const ref = query.ref ?? (colon < 0 ? fragment : fragment.slice(0, colon));
  const subdir = query.subdir ?? (colon < 0 ? "" : fragment.slice(colon + 1));
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
