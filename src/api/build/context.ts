import { stat } from "node:fs/promises";
import { posix, relative, resolve } from "node:path";
import { collectBytes, isSystemError, readIfExists, TareError } from "../../base/index.ts";
import { parseIgnoreFile } from "../../dockerfile/index.ts";
import { openArchiveContext } from "../../solver/index.ts";
import { lookup } from "../../tree/index.ts";
import { type ContextStream, readContextStream } from "./context-stream.ts";
import type { JobSource } from "./job.ts";
import { fetchContext, folderOrArchive, timeOfRemote } from "./remote-context.ts";
import type { BuildRequest } from "./types.ts";

/** Files that a build may read: a folder, or a tar archive that stands for one. */
export interface ContextFolder {
  readonly name: string;
  readonly source: { readonly directory: string } | { readonly archive: string };
  /** Of a folder of this machine only: as in the reference, a repository or an archive is taken as it is. */
  readonly ignore: readonly string[];
}

export interface OpenedContext {
  readonly dockerfile: { readonly file: string; readonly source: string };
  readonly folders: readonly ContextFolder[];
  /** When the main context came to be, where it tells that: seconds since 1970. A folder does not. */
  readonly time: () => Promise<number | undefined>;
}

/** Opens PATH or `-` with its Dockerfile and .dockerignore. `user-context` when something is not there. */
export async function openBuildContext(request: BuildRequest, source: JobSource): Promise<OpenedContext> {
  if (request.context === "-") return fromStream(await stdin(source), request.dockerfile);
  const remote = await fetchContext(request.context, source);
  if (remote?.type === "folder") {
    const { directory, time } = remote;
    const path = resolve(directory, request.dockerfile ?? "Dockerfile");
    return {
      dockerfile: { file: relative(directory, path), source: await readDockerfile(path) },
      folders: [{ name: "context", source: { directory }, ignore: [] }],
      time: async () => time,
    };
  }
  if (remote) return fromStream(remote, request.dockerfile);
  const directory = resolve(request.context);
  await assertFolder(directory, request.context);
  if (request.dockerfile === "-") {
    const stream = await stdin(source);
    if (stream.type === "tar")
      throw new TareError("user-context", "-f - wants a Dockerfile on standard input, not an archive");
    return {
      dockerfile: { file: "Dockerfile", source: stream.text },
      folders: [await folder("context", directory)],
      time: noTime,
    };
  }
  return fromFolder(directory, request.dockerfile);
}

/** A named context that is files. */
interface NamedContext extends Pick<OpenedContext, "time"> {
  readonly folder: ContextFolder;
}

/** The named contexts that are files: folders, repositories and archives. Others name images. */
export async function openNamedContexts(
  contexts: Readonly<Record<string, string>>,
  source: JobSource,
): Promise<readonly NamedContext[]> {
  const opened = Object.entries(contexts).map(async ([name, spec]): Promise<NamedContext | undefined> => {
    const remote = await fetchContext(spec, source);
    if (remote)
      return {
        folder: { name, source: folderOrArchive(name, remote), ignore: [] },
        time: () => timeOfRemote(remote),
      };
    if (IMAGE_SCHEME.test(spec)) return undefined;
    await assertFolder(resolve(spec), spec);
    return { folder: await folder(name, resolve(spec)), time: noTime };
  });
  return (await Promise.all(opened)).filter((context) => context !== undefined);
}

/** The time of a named context, whose files may be none; undefined when there is none of that name. */
export function timeOfNamed(
  name: string,
  {
    opened,
    specs,
  }: { readonly opened: readonly NamedContext[]; readonly specs: Readonly<Record<string, string>> },
): OpenedContext["time"] | undefined {
  const own = name.toLowerCase();
  return opened.find(({ folder }) => folder.name === own)?.time ?? (own in specs ? noTime : undefined);
}

const IMAGE_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//;

function stdin(source: JobSource): Promise<ContextStream> {
  if (source.stdin) return readContextStream(source.stdin, source.scratch);
  throw new TareError("user-context", "the build is to be read from standard input, but there is none");
}

async function fromFolder(directory: string, given: string | undefined): Promise<OpenedContext> {
  const path = given === undefined ? resolve(directory, "Dockerfile") : resolve(given);
  const source = await readDockerfile(path);
  const file = given === undefined ? "Dockerfile" : relative(directory, path);
  return {
    dockerfile: { file: file.startsWith("..") ? path : file, source },
    folders: [await folder("context", directory, path)],
    time: noTime,
  };
}

async function readDockerfile(path: string): Promise<string> {
  const bytes = await readIfExists(path).catch((error: unknown) => {
    throw isSystemError(error, "EISDIR")
      ? new TareError("user-context", `${path} is a folder, not a Dockerfile`, { cause: error })
      : unreadable(path, error);
  });
  if (!bytes) throw noDockerfile(path);
  return bytes.toString("utf8");
}

async function noTime(): Promise<undefined> {}

/** An archive has its Dockerfile inside; a bare Dockerfile has no context at all. */
async function fromStream(
  stream: ContextStream & { readonly time?: number },
  given: string | undefined,
): Promise<OpenedContext> {
  const time = () => timeOfRemote(stream);
  if (stream.type === "dockerfile")
    return { dockerfile: { file: "Dockerfile", source: stream.text }, folders: [], time };
  const { archive } = stream;
  const file = posix.normalize(given ?? "Dockerfile");
  const source = await archived(archive, file);
  if (source === undefined) throw noDockerfile(`${file} in the archive`);
  return {
    dockerfile: { file, source },
    folders: [{ name: "context", source: { archive }, ignore: [] }],
    time,
  };
}

async function archived(archive: string, path: string): Promise<string | undefined> {
  const files = openArchiveContext({ name: "context", archive });
  const found = lookup(await files.tree(), path);
  if (found?.node.entry.kind !== "file") return undefined;
  return (await collectBytes(files.read(found.node))).toString("utf8");
}

/** `<Dockerfile>.dockerignore` wins over the folder's `.dockerignore`. */
async function folder(name: string, directory: string, dockerfile?: string): Promise<ContextFolder> {
  const own = dockerfile === undefined ? undefined : await readPatterns(`${dockerfile}.dockerignore`);
  const text = own ?? (await readPatterns(resolve(directory, ".dockerignore")));
  return { name, source: { directory }, ignore: text ? parseIgnoreFile(text.toString("utf8")) : [] };
}

/** A folder of that name says nothing. */
async function readPatterns(path: string): Promise<Buffer | undefined> {
  return readIfExists(path).catch((error: unknown) => {
    if (isSystemError(error, "EISDIR")) return undefined;
    throw unreadable(path, error);
  });
}

async function assertFolder(directory: string, asGiven: string): Promise<void> {
  try {
    if ((await stat(directory)).isDirectory()) return;
  } catch (error) {
    if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw unreadable(directory, error);
  }
  throw new TareError("user-context", `build context ${JSON.stringify(asGiven)} is not a folder`, {
    hint: "the last argument of tare build is a folder: tare build -t NAME .",
  });
}

/** Of a failure that is not the system's, what it was. */
function unreadable(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  return new TareError("user-context", `can not read ${path}: ${error.code}`, {
    hint: "check its mode, and that of the folders above it",
    cause: error,
  });
}

function noDockerfile(path: string): TareError {
  return new TareError("user-context", `failed to read the Dockerfile: ${path} does not exist`, {
    hint: "name the file with -f, or the folder that it is in as the last argument",
  });
}
