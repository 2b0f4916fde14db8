import { basename } from "node:path";
import { type SourceLocation, TareError } from "../base/index.ts";
import { completeContent } from "./complete.ts";
import { contentDigest } from "./digest.ts";
import type { RecipeDocument } from "./document.ts";
import { npmName, packageName } from "./entries.ts";
import { type RecipeReading, readChain, shippedPath } from "./extends.ts";
import { mergeFiles, type Placed } from "./merge.ts";
import { runAsNonroot } from "./nonroot.ts";
import { codenameOfRelease, listReleases, RELEASES, releaseNamed } from "./release.ts";
import { DEBUG_OVERLAY, SHIPPED_RECIPES } from "./shipped.ts";
import type { DebianRelease, Recipe, RecipeArchitecture, RecipeReference } from "./types.ts";
import { refuseVoidExclusions } from "./void-exclusions.ts";

/** Which recipe is wanted, for what, and how to read it. */
export interface ReadRecipeRequest extends RecipeReading {
  readonly reference: RecipeReference;
  /** The recipe's own text, where its file is not to be read: then the path only says where it would be. */
  readonly text?: string;
  /** OCI's name. */
  readonly architecture: string;
}

/**
 * Reads a recipe and all that it extends, checks it, and resolves it for one release and architecture. Reads only
 * through `readFile`; its paths are the reference's own, or below `shippedFolder`. Every mistake in a recipe is
 * `user-bad-recipe`, with the place in its file and a hint.
 */
export async function readRecipe(request: ReadRecipeRequest): Promise<Recipe> {
  const { chain, files, release } = await readFiles(request);
  const architecture = chooseArchitecture(chain, request.architecture);
  const merged = mergeFiles(files, release);
  refuseVoidExclusions(merged, files);
  const recipe = {
    ...titleOf(chain),
    debug: request.reference.debug,
    release,
    codename: codenameOfRelease(release),
    architecture,
    ...(await completeContent(merged, { architecture, readFile: request.readFile })),
  };
  const complete = { ...recipe, digest: contentDigest(recipe) };
  return request.reference.nonroot ? runAsNonroot(complete) : complete;
}

interface RecipeFiles {
  /** The recipe behind all that it extends. */
  readonly chain: readonly RecipeDocument[];
  /** The same, with what a variant lays over it. */
  readonly files: readonly RecipeDocument[];
  readonly release: DebianRelease;
}

async function readFiles(request: ReadRecipeRequest): Promise<RecipeFiles> {
  const { reference, text } = request;
  const chain = await readChain(pathOf(request), { text, reading: request });
  const release = chooseRelease(chain, reference);
  const files = reference.debug ? [...chain, ...(await debugOverlay(chain, request))] : chain;
  return { chain, files, release };
}

/** What a recipe is for, without composing it. */
export interface RecipeSummary {
  readonly name: string;
  readonly description: string;
  /** The first is the default. */
  readonly releases: readonly DebianRelease[];
  readonly architectures: readonly RecipeArchitecture[];
}

/** A summary of every recipe that ships, in their order. */
export function listRecipes(reading: RecipeReading): Promise<readonly RecipeSummary[]> {
  return Promise.all(
    SHIPPED_RECIPES.map((name) =>
      summarizeRecipe({ reference: { kind: "shipped", name, debug: false }, ...reading }),
    ),
  );
}

/** What a recipe says that it is for. `user-bad-recipe` as in `readRecipe`. */
export async function summarizeRecipe(
  request: Omit<ReadRecipeRequest, "architecture">,
): Promise<RecipeSummary> {
  const chain = await readChain(pathOf(request), { text: request.text, reading: request });
  return {
    ...titleOf(chain),
    releases: releasesOf(chain).list,
    architectures: architecturesOf(chain).list,
  };
}

/** Where a recipe, or one that it extends, names a package of Debian or npm, or a module of Java; undefined when none does. */
export async function locateName(
  name: string,
  request: ReadRecipeRequest,
): Promise<SourceLocation | undefined> {
  const { files, release } = await readFiles(request);
  const merged = mergeFiles(files, release);
  const named =
    merged.all("packages").find(({ value }) => packageName(value) === name) ??
    merged.all("npm").find(({ value }) => npmName(value) === name) ??
    merged.all("java-modules").find(({ value }) => value === name);
  return named?.at();
}

/** Which recipe of a chain says something, and where. */
export interface SaidIn {
  /** A recipe that ships by its name, another by its path. */
  readonly recipe: string;
  /** Of a recipe's own file. */
  readonly line?: number;
}

/** What a recipe and those that it extends name. */
export interface SaidNames {
  /** By the name of a package, of Debian or npm. */
  readonly packages: ReadonlyMap<string, SaidIn>;
  /** By the name or pattern of what is left out. */
  readonly without: ReadonlyMap<string, SaidIn>;
}

/** Which recipe of the chain names each package, and each of what is left out: the last one that does. */
export async function locateNames(request: ReadRecipeRequest): Promise<SaidNames> {
  const { files, release } = await readFiles(request);
  const merged = mergeFiles(files, release);
  const saidIn = ({ file, at }: Placed<unknown>): SaidIn => {
    const shipped = SHIPPED_RECIPES.find((name) => file.path === shippedPath(name, request));
    return shipped === undefined ? { recipe: file.path, line: at().range.start.line } : { recipe: shipped };
  };
  return {
    packages: new Map([
      ...merged.all("packages").map((item) => [packageName(item.value), saidIn(item)] as const),
      ...merged.all("npm").map((item) => [npmName(item.value), saidIn(item)] as const),
    ]),
    without: new Map(merged.all("without").map((item) => [item.value, saidIn(item)])),
  };
}

function pathOf({
  reference,
  shippedFolder,
}: Pick<ReadRecipeRequest, "reference" | "shippedFolder">): string {
  return reference.kind === "file" ? reference.path : shippedPath(reference.name, { shippedFolder });
}

function titleOf(chain: readonly RecipeDocument[]): Pick<RecipeSummary, "name" | "description"> {
  const own = chain.at(-1) as RecipeDocument;
  const { name, description = "" } = own.content;
  return { name: name ?? basename(own.path).replace(/\.ya?ml$/, ""), description };
}

/** A list that the last file of the chain that has one gives, and where. */
interface Stated<T> {
  readonly list: readonly T[];
  readonly at: () => SourceLocation | undefined;
}

function stated<T>(
  chain: readonly RecipeDocument[],
  { key, otherwise }: { readonly key: "debian" | "architectures"; readonly otherwise: readonly T[] },
): Stated<T> {
  const file = chain.findLast(({ content }) => content[key] !== undefined);
  return {
    list: (file?.content[key] as readonly T[] | undefined) ?? otherwise,
    at: () => file?.locate([key]),
  };
}

function releasesOf(chain: readonly RecipeDocument[]): Stated<DebianRelease> {
  const { list, at } = stated<string>(chain, { key: "debian", otherwise: RELEASES });
  return { list: list.map((name) => releaseNamed(name) as DebianRelease), at };
}

function architecturesOf(chain: readonly RecipeDocument[]): Stated<RecipeArchitecture> {
  return stated(chain, { key: "architectures", otherwise: ["amd64", "arm64"] as const });
}

/** Every file of the chain has to be for it. */
function chooseRelease(chain: readonly RecipeDocument[], { release }: RecipeReference): DebianRelease {
  const wanted = release ?? (releasesOf(chain).list[0] as DebianRelease);
  for (const [index, file] of chain.entries()) {
    const { list, at } = releasesOf(chain.slice(0, index + 1));
    if (!list.includes(wanted))
      throw new TareError(
        "user-bad-recipe",
        `the recipe ${titleOf([file]).name} is not for Debian ${wanted}`,
        {
          hint: `it is for ${listReleases(list)}`,
          ...located(at()),
        },
      );
  }
  return wanted;
}

function chooseArchitecture(chain: readonly RecipeDocument[], wanted: string): RecipeArchitecture {
  for (const [index, file] of chain.entries()) {
    const { list, at } = architecturesOf(chain.slice(0, index + 1));
    if (!list.some((architecture) => architecture === wanted))
      throw new TareError("user-bad-recipe", `the recipe ${titleOf([file]).name} is not for ${wanted}`, {
        hint: `it is for ${list.join(", ")}`,
        ...located(at()),
      });
  }
  return wanted as RecipeArchitecture;
}

function located(location: SourceLocation | undefined): { readonly location?: SourceLocation } {
  return location === undefined ? {} : { location };
}

/** The files that make a recipe its variant `debug`; a whole system has a shell and needs none. */
async function debugOverlay(
  chain: readonly RecipeDocument[],
  request: ReadRecipeRequest,
): Promise<readonly RecipeDocument[]> {
  if (chain.some(({ content }) => content.base === true))
    throw new TareError("user-bad-recipe", `the recipe ${titleOf(chain).name} has no variant debug`, {
      hint: "it has a shell already",
    });
  return readChain(shippedPath(DEBUG_OVERLAY, request), { reading: request });
}
