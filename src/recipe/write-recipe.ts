import { defined } from "../base/index.ts";
import { formatRecipe } from "./reference.ts";
import type { RecipeContent, RecipeFileContent } from "./schema.ts";
import type { Recipe, RecipePackage } from "./types.ts";

/**
 * A complete recipe as a file that says the same for its one release and architecture, and extends nothing. Reading it
 * again gives the same recipe, but that its variant `debug` is a recipe of its own, and that keys of repositories
 * are not in it: those are files, which a comment says.
 */
export async function recipeText(recipe: Recipe): Promise<string> {
  const { stringify } = await import("yaml");
  const head = [
    `${formatRecipe(recipe)} for linux/${recipe.architecture}, with all that it extends`,
    ...recipe.sources
      .filter(({ keyring }) => keyring !== undefined)
      .map(({ uri }) => `The keyring of ${uri} is a file, and not in here`),
  ];
  const body = stringify(withoutEmpty(fileOf(recipe)), { lineWidth: 120, blockQuote: "literal" });
  return `${head.map((line) => `# ${line}\n`).join("")}${body}`;
}

function fileOf(recipe: Recipe): RecipeFileContent {
  const { name, debug, description, release, architecture } = recipe;
  return {
    name: debug ? `${name}-debug` : name,
    description,
    debian: [release],
    architectures: [architecture],
    ...contentOf(recipe),
  } as RecipeFileContent;
}

function contentOf(recipe: Recipe): object {
  const { base, scripts, dependencies, shellless, without, exclude, include, layers, allow } = recipe;
  return {
    ...(base && { base }),
    ...(scripts && { scripts }),
    ...(dependencies === "none" && { dependencies }),
    ...(!shellless && { shellless }),
    sources: recipe.sources.map(({ keyring: _keyring, ...source }) => source),
    packages: recipe.packages.map(packageItem),
    slices: slicesOf(recipe.packages),
    without,
    npm: recipe.npm.map(({ name, version, files, strip }) => ({
      package: `${name}@${version}`,
      files: Object.fromEntries(files.map(({ from, to }) => [from, to])),
      ...(strip && { strip }),
    })),
    "java-modules": recipe.javaModules ?? [],
    exclude,
    include,
    ...accountsAndFiles(recipe),
    ...startOf(recipe),
    ...(layers !== "origin" && { layers }),
    allow,
  } satisfies { readonly [K in keyof RecipeContent]?: unknown };
}

function packageItem({ name, operator, version, slices }: RecipePackage): unknown {
  const request = operator === undefined ? name : `${name} (${operator} ${version})`;
  return slices ? { name: request, slices } : request;
}

/** What slices come to can differ from recipe to recipe: here it is written out, all of it in the first one. */
function slicesOf(packages: readonly RecipePackage[]): object {
  const sliced = packages.filter(({ slices }) => slices !== undefined);
  return Object.fromEntries(
    sliced.map(({ name, slices = [], only = [] }) => [
      name,
      Object.fromEntries(slices.map((slice, at) => [slice, at === 0 ? only : []])),
    ]),
  );
}

function accountsAndFiles({ users, groups, directories, files, links }: Recipe): object {
  const owned = <T extends { readonly mode: number; readonly uid: number; readonly gid: number }>({
    mode,
    uid,
    gid,
    ...rest
  }: T) => ({
    ...rest,
    mode: `0${mode.toString(8)}`,
    ...((uid !== 0 || gid !== 0) && { owner: `${uid}:${gid}` }),
  });
  return {
    users: users.map(({ gecos, ...user }) => ({ ...user, ...(gecos !== "" && { gecos }) })),
    groups: groups.map(({ members, ...group }) => ({ ...group, ...(members.length > 0 && { members }) })),
    directories: directories.map(owned),
    files: files.map(({ content, parts, ...file }) => ({ ...owned(file), content: parts ?? content })),
    links: Object.fromEntries(links.map(({ path, target }) => [path, target])),
  };
}

function startOf({ trust, config }: Recipe): object {
  const { environment, user, workdir, entrypoint, cmd, labels, ports, volumes, stopSignal } = config;
  return {
    trust: Object.fromEntries(Object.entries(trust).filter(([, written]) => written)),
    environment,
    ...defined({ user, workdir, entrypoint, cmd, "stop-signal": stopSignal }),
    labels,
    ports,
    volumes,
  };
}

/** What is empty is what there is without it. */
function withoutEmpty(value: object): object {
  const kept = Object.entries(value).map(([key, entry]) => [
    key,
    key === "allow" ? withoutEmpty(entry) : entry,
  ]);
  return Object.fromEntries(
    kept.filter(([, entry]) => typeof entry !== "object" || Object.keys(entry).length > 0),
  );
}
