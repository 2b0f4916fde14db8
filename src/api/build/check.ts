import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { chmod, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, posix, resolve } from "node:path";
import type { Readable } from "node:stream";
import { defined, isSystemError, TareError, writeFileAtomic } from "../../base/index.ts";
import type { AppliedFix, CheckReport, CheckRequest, KnownImage, ProgramKind } from "../../check/index.ts";
import type { ImageConfig, Platform } from "../../oci/index.ts";
import { recipeImageConfig } from "../../recipe/index.ts";
import { openStore, type Store } from "../../store/index.ts";
import { readRecipeFor, recipeNamed } from "../bases/recipes.ts";
import { openSettings, type SettingsChoice } from "../settings.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import { checkRequest } from "./check-request.ts";
import { type OpenedContext, openBuildContext } from "./context.ts";
import { buildArguments, namedSpecs } from "./given-values.ts";
import { scratchFolder } from "./scratch-folder.ts";

/** Loaded when it is asked for: a build needs none of the rules. */
const rules = () => import("../../check/index.ts");

/** What `tare check` is asked for. */
export interface CheckOptions extends StoreChoice, SettingsChoice {
  /** The build context: a folder, or `-` with `stdin` holding a tar archive or a Dockerfile. */
  readonly context: string;
  /** Path of the Dockerfile, `-` for stdin; default `Dockerfile` in the context. */
  readonly dockerfile?: string;
  readonly target?: string;
  /** Values of build arguments; undefined takes the value from `environment`. */
  readonly buildArgs?: Readonly<Record<string, string | undefined>>;
  readonly buildContexts?: Readonly<Record<string, string>>;
  /** Rules that are left out, `all` for all. */
  readonly skip?: readonly string[];
  /** Count warnings as errors, as `# check=error=true` does. */
  readonly error?: boolean;
  /** Write what can be fixed without doubt back to the Dockerfile. */
  readonly fix?: boolean;
}

/** The findings, and what was fixed before them. */
export interface CheckResult {
  readonly report: CheckReport;
  readonly fixes: readonly AppliedFix[];
}

/**
 * Checks a Dockerfile without building it: what `tare check` does. Bases are looked up in the local store, nothing
 * is downloaded. With `fix` the file is rewritten, in full or not at all; a Dockerfile from standard input can not
 * be (`user-bad-flag`). `user-dockerfile-syntax` when it does not parse.
 */
export async function check(options: CheckOptions, stdin?: Readable): Promise<CheckResult> {
  if (options.fix) await assertFixable(options);
  await using scratch = scratchFolder();
  const opened = await openBuildContext(options, {
    scratch: scratch.path,
    environment: options.environment ?? {},
    secrets: {},
    buildArgs: {},
    signal: new AbortController().signal,
    ...(stdin && { stdin }),
  });
  const request = await completeRequest(options, opened);
  const { checkDockerfile, fixDockerfile } = await rules();
  if (!options.fix) return { report: checkDockerfile(request), fixes: [] };
  const { source, fixes, report } = fixDockerfile(request);
  if (source !== request.source) await rewrite(dockerfilePath(options), request.source, source);
  return { report, fixes };
}

/** Only a file in a folder can be rewritten: no stream, no repository that was fetched for this once. */
async function assertFixable({ context, dockerfile }: CheckOptions): Promise<void> {
  const isStream = context === "-" || dockerfile === "-";
  const isFolder = existsSync(context) && (await stat(context)).isDirectory();
  const isRemote = !isFolder && /^[a-z][a-z0-9+.-]*:|^git@/.test(context);
  if (!isStream && !isRemote) return;
  throw new TareError(
    "user-bad-flag",
    "--fix can not rewrite a Dockerfile from standard input or from elsewhere",
    {
      hint: "name a file in a folder with -f, or leave --fix out",
    },
  );
}

async function completeRequest(options: CheckOptions, opened: OpenedContext): Promise<CheckRequest> {
  const [folder] = opened.folders;
  const inputs = {
    dockerfile: opened.dockerfile,
    contexts: opened.folders,
    buildArgs: buildArguments(options.buildArgs, options.environment),
    namedContexts: namedSpecs(options.buildContexts),
    ...defined({ target: options.target, settings: await openSettings(options, opened) }),
  };
  const plain = checkRequest(inputs);
  const request: CheckRequest = {
    ...plain,
    dockerfile: (await rules()).dockerfileOf(plain),
    skip: options.skip ?? [],
    error: options.error ?? false,
    ...(folder && "directory" in folder.source && { program: await programsIn(folder.source.directory) }),
  };
  const images = await knownImages(options, request);
  return { ...request, image: (name) => images.get(name) };
}

/** The bases that the check would like to know of, as far as recipes and the local store tell. */
async function knownImages(
  options: CheckOptions,
  request: CheckRequest,
): Promise<ReadonlyMap<string, KnownImage>> {
  const { basesOf } = await rules();
  const asked = basesOf(request);
  const store = await existingStore(options);
  const found = new Map<string, KnownImage>();
  for (const name of asked) {
    const recipe = await composed(name, request.platform);
    const record = recipe ? undefined : await store?.images.resolve(name);
    const config = recipe ?? (record && (await store?.images.config(record)));
    if (!config) continue;
    const { os, architecture, variant } = config;
    const own = { os, architecture, ...(variant !== undefined && { variant }) };
    found.set(name, { platform: own, config: config.config ?? {} });
  }
  return found;
}

/** A store that is not there, or can not be opened, has no images: a check needs none. */
async function existingStore(options: CheckOptions): Promise<Store | undefined> {
  const root = storeFolder(options);
  try {
    return existsSync(root) ? await openStore(root) : undefined;
  } catch (error) {
    if (error instanceof TareError && error.code === "environment-disk") return undefined;
    throw error;
  }
}

async function composed(name: string, platform: Platform): Promise<ImageConfig | undefined> {
  if (!name.startsWith("tare/")) return undefined;
  try {
    return recipeImageConfig(await readRecipeFor(recipeNamed(name), platform.architecture), platform);
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

/** Looks at the first bytes of files in a folder; what is no plain file, or can not be read, is unknown. */
async function programsIn(directory: string): Promise<(path: string) => ProgramKind | undefined> {
  const { PROGRAM_HEAD, programKind } = await rules();
  return (path) => {
    let file: number | undefined;
    try {
      const full = join(directory, posix.resolve("/", path));
      file = openSync(full, constants.O_RDONLY | constants.O_NONBLOCK);
      if (!fstatSync(file).isFile()) return undefined;
      const head = Buffer.alloc(PROGRAM_HEAD);
      return programKind(head.subarray(0, readSync(file, head)));
    } catch (error) {
      if (isSystemError(error)) return undefined;
      throw error;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  };
}

function dockerfilePath({ context, dockerfile }: CheckOptions): string {
  return dockerfile === undefined ? resolve(context, "Dockerfile") : resolve(dockerfile);
}

/** Keeps the file's mode, and follows a link to the file itself. */
async function rewrite(path: string, before: string, after: string): Promise<void> {
  const real = await realpath(path);
  if (!(await readFile(real)).equals(Buffer.from(before)))
    throw new TareError(
      "user-context",
      `${path} can not be rewritten: it is not plain UTF-8, or was changed just now`,
      {
        hint: "run the command again, or make the changes by hand",
      },
    );
  const { mode } = await stat(real);
  await writeFileAtomic(real, after, dirname(real));
  await chmod(real, mode & 0o7777);
}
