import { execFile } from "node:child_process";
import { readdir, realpath, rm, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { isSystemError, TareError, throwIfCancelled } from "../base/index.ts";
import type { GitReference } from "./reference.ts";

/** What git(1) gets from outside. */
export interface GitAccess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An `Authorization` header and the one origin (RFC 6454) that gets it: submodules may lie on anybody's server. */
  readonly authorization?: { readonly origin: string; readonly header: string };
}

interface Resolved {
  readonly commit: string;
  readonly ref?: string;
  /** The object of an annotated tag, by which a checksum may know it too. */
  readonly tag?: string;
}

/**
 * The commit that a reference names at this moment (git-ls-remote). `resolve-git` when there is none, or when it is
 * not the one that `checksum` says.
 */
export async function resolveCommit(
  reference: GitReference,
  access: GitAccess,
  signal: AbortSignal,
): Promise<Resolved> {
  const { remote, ref = "HEAD", checksum } = reference;
  const found: Resolved = /^[0-9a-f]{40}$/.test(ref)
    ? { commit: ref }
    : chosen(await git(["ls-remote", remote, ref, `${ref}^{}`], { access }, signal), reference);
  const names = [found.commit, found.tag ?? found.commit];
  if (checksum === undefined || names.some((name) => name.startsWith(checksum))) return found;
  throw new TareError(
    "integrity-digest",
    `${remote}: ${ref} is the commit ${found.commit}, not ${checksum}`,
    {
      hint: "the branch or tag has moved; check what has changed, then write the new commit",
    },
  );
}

/** Of a branch, a tag and other refs of one name git means the tag; a tag's commit stands at `^{}`. */
function chosen(listing: string, { remote, ref = "HEAD" }: GitReference): Resolved {
  const lines = listing.split("\n").map((line) => line.split("\t"));
  const byName = new Map(lines.map(([commit = "", name = ""]) => [name, commit]));
  for (const name of [ref, `refs/tags/${ref}`, `refs/heads/${ref}`, `refs/${ref}`]) {
    const object = byName.get(name);
    const commit = byName.get(`${name}^{}`);
    if (commit) return { commit, ref: name, ...(object !== undefined && { tag: object }) };
    if (object) return { commit: object, ref: name };
  }
  throw new TareError("resolve-git", `${remote} has no branch, tag or ref ${JSON.stringify(ref)}`, {
    hint: `see what there is: git ls-remote ${remote}`,
  });
}

/** A commit of a repository, and what is wanted of it. */
export interface CheckedCommit extends GitReference {
  readonly commit: string;
  readonly keepGitDir: boolean;
  /** The complete ref that named it: it is kept with git's own folder, so that `git describe` knows it. */
  readonly name?: string;
}

/**
 * Writes the files of a commit into an empty folder, submodules included; without `keepGitDir` nothing of git itself
 * is left. Gives the time of the commit, seconds since 1970.
 */
export async function checkout(
  reference: CheckedCommit,
  { folder, access }: { readonly folder: string; readonly access: GitAccess },
  signal: AbortSignal,
): Promise<number> {
  const { remote, commit, submodules, keepGitDir, name } = reference;
  const at = { access, folder };
  await git(["init", "--quiet"], at, signal);
  await git(["remote", "add", "origin", remote], at, signal);
  await fetchCommit(commit, at, signal);
  await git(["checkout", "--quiet", "--force", "--detach", commit], at, signal);
  if (submodules)
    await git(["submodule", "update", "--quiet", "--init", "--recursive", "--depth=1"], at, signal);
  const time = Number(await git(["show", "--no-patch", "--format=%ct", commit], at, signal));
  if (!keepGitDir) await removeGit(folder);
  else if (name?.startsWith("refs/"))
    await git(["fetch", "--quiet", "--depth=1", "--no-tags", "origin", `+${name}:${name}`], at, signal);
  return time;
}

/**
 * The folder that a reference names, in a checkout of its repository. A link of the repository may lead to it, but not
 * to files of this machine: `resolve-git`.
 */
export async function folderIn(
  checkout: string,
  { remote, subdir = "" }: Pick<GitReference, "remote" | "subdir">,
): Promise<string> {
  const root = await realpath(checkout);
  const folder = await realpath(join(root, subdir)).catch(() => undefined);
  const isInside = folder === root || folder?.startsWith(root + sep);
  if (folder !== undefined && isInside && (await stat(folder)).isDirectory()) return folder;
  throw new TareError("resolve-git", `${remote} has no folder ${subdir}`, {
    hint: "check the part behind the colon: #REF:FOLDER; a link in the repository can not lead out of it",
  });
}

/** Servers need not give a commit by its name alone; then all of the history comes. */
async function fetchCommit(commit: string, at: GitPlace, signal: AbortSignal): Promise<void> {
  try {
    await git(["fetch", "--quiet", "--depth=1", "--no-tags", "origin", commit], at, signal);
  } catch (error) {
    throwIfCancelled(signal);
    if (!(error instanceof TareError) || error.code !== "resolve-git") throw error;
    await git(["fetch", "--quiet", "origin", "+refs/*:refs/remotes/origin/*"], at, signal);
  }
}

async function removeGit(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.name === ".git") await rm(join(entry.parentPath, entry.name), { recursive: true, force: true });
}

interface GitPlace {
  readonly access: GitAccess;
  readonly folder?: string;
}

/** Never asks questions, never runs what a repository brings, never reads other local repositories. */
const SETTINGS = [
  ["core.hooksPath", "/dev/null"],
  ["protocol.ext.allow", "never"],
  ["advice.detachedHead", "false"],
] as const;

function git(args: readonly string[], { access, folder }: GitPlace, signal: AbortSignal): Promise<string> {
  const { authorization } = access;
  const header =
    authorization === undefined
      ? []
      : [[`http.${authorization.origin}/.extraHeader`, `Authorization: ${authorization.header}`] as const];
  const settings = [...SETTINGS, ...header].flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  const env = {
    ...access.environment,
    ...Object.fromEntries(settings),
    GIT_CONFIG_COUNT: String(settings.length / 2),
    GIT_TERMINAL_PROMPT: "0",
    GIT_SSH_COMMAND: access.environment.GIT_SSH_COMMAND ?? "ssh -o BatchMode=yes",
    LC_ALL: "C",
  };
  return new Promise((resolve, reject) => {
    execFile(
      "git",
      [...args],
      { cwd: folder ?? "/", env, signal, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout.trim());
        reject(failure(args, { error, stderr }, signal));
      },
    );
  });
}

function failure(
  args: readonly string[],
  { error, stderr }: { readonly error: Error; readonly stderr: string },
  signal: AbortSignal,
): TareError {
  if (signal.aborted) return new TareError("user-cancelled", "cancelled", { cause: signal.reason });
  if (isSystemError(error, "ENOENT"))
    return new TareError(
      "environment-missing",
      "git is not installed, but a source of this build is a repository",
      {
        hint: "install git",
        cause: error,
      },
    );
  const reason = stderr.trim().split("\n").at(-1) || error.message;
  return new TareError("resolve-git", `git ${args[0]} failed: ${reason}`, {
    hint: "check the address, your access to it and the network; private repositories want an SSH agent or --secret id=GIT_AUTH_TOKEN",
    cause: error,
  });
}
