import { type Digest, isDigest, TareError } from "../base/index.ts";
import type { CopyInstruction } from "../dockerfile/index.ts";
import { type GitReference, parseGitReference } from "../git/index.ts";
import type { CopyAction } from "../graph/index.ts";
import { remoteFileName } from "../net/index.ts";
import type { Converter } from "./stage.ts";

/** A source of ADD that is not on this machine. */
export type RemoteSource =
  | { readonly type: "http"; readonly url: string; readonly checksum?: Digest; readonly unpack: boolean }
  | { readonly type: "git"; readonly text: string; readonly attributes: Readonly<Record<string, string>> };

/** Which sources of an instruction are remote; what they must not be combined with is refused. */
export function remoteSources(
  instruction: CopyInstruction,
  { sources }: { readonly sources: readonly string[] },
): ReadonlyMap<string, RemoteSource> {
  const { keyword, checksum } = instruction;
  const found = new Map<string, RemoteSource>();
  for (const source of sources) {
    const git = parseGitReference(source);
    if (git) found.set(source, gitSource(source, git, instruction));
    else if (/^https?:\/\//.test(source)) found.set(source, httpSource(source, instruction));
  }
  const [first] = found.keys();
  if (keyword === "COPY" && first !== undefined)
    throw semantics(`source can't be a URL for COPY: ${first}`, "use ADD for remote sources");
  if (checksum && sources.length > 1)
    throw semantics("checksum can't be specified for multiple sources", "write an ADD for each of them");
  if (checksum && first === undefined)
    throw semantics(
      "checksum can only be specified for HTTP(S) and Git sources",
      "local files are known by their content anyway; remove --checksum",
    );
  return found;
}

/** The copy of a remote source: a file of its own name, or what is in the repository. */
export function remoteAction(
  { builder }: Converter,
  remote: RemoteSource,
  inputOf: (vertex: Digest) => number,
): Pick<CopyAction, "input" | "source" | "wildcard" | "keepOwner" | "unpack"> {
  const common = { wildcard: false, keepOwner: false } as const;
  if (remote.type === "git") {
    const op = { type: "source", identifier: `git+${remote.text}`, attributes: remote.attributes } as const;
    const vertex = builder.add(op, [], { name: `[internal] load git source ${remote.text}` });
    return { ...common, input: inputOf(vertex), source: "/", unpack: false };
  }
  const { url, checksum, unpack } = remote;
  const attributes = checksum === undefined ? {} : { checksum };
  const vertex = builder.add({ type: "source", identifier: url, attributes }, [], {
    name: `[internal] load ${url}`,
  });
  return { ...common, input: inputOf(vertex), source: `/${remoteFileName(url)}`, unpack };
}

function httpSource(url: string, { checksum, unpack }: CopyInstruction): RemoteSource {
  if (checksum && !isDigest(checksum.text))
    throw semantics(
      `invalid checksum ${JSON.stringify(checksum.text)}`,
      "write --checksum=sha256:… with 64 digits",
    );
  return {
    type: "http",
    url,
    unpack: unpack ?? false,
    ...(checksum && { checksum: checksum.text as Digest }),
  };
}

function gitSource(
  text: string,
  reference: GitReference,
  { checksum, keepGitDir }: CopyInstruction,
): RemoteSource {
  const wanted = agreed("checksum", checksum?.text, reference.checksum);
  const keeps = agreed("keep-git-dir", keepGitDir, reference.keepGitDir);
  return {
    type: "git",
    text,
    attributes: {
      ...(keeps && { "keep-git-dir": "true" }),
      ...(wanted !== undefined && { checksum: wanted }),
    },
  };
}

/** What a flag and the address itself may both say. */
function agreed<T>(name: string, flag: T | undefined, address: T | undefined): T | undefined {
  if (flag === undefined || address === undefined || flag === address) return flag ?? address;
  throw semantics(`--${name}=${flag}, but the address says ${address}`, "say it once");
}

function semantics(message: string, hint: string): TareError {
  return new TareError("user-dockerfile-semantics", message, { hint });
}
