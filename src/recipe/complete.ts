import { defined, TareError } from "../base/index.ts";
import { type Accounts, completeAccounts } from "./accounts.ts";
import type { ReadFile } from "./document.ts";
import { type EntryTypes, normalPort, npmName, packageName } from "./entries.ts";
import { besides, readBytes } from "./extends.ts";
import type { Merged, Placed } from "./merge.ts";
import { normalPath } from "./path.ts";
import { slicePatterns } from "./slices.ts";
import type {
  Recipe,
  RecipeAllowances,
  RecipeArchitecture,
  RecipeConfig,
  RecipeDirectory,
  RecipeFile,
  RecipeNpmPackage,
  RecipePackage,
  RecipeSource,
  RecipeTrust,
} from "./types.ts";

/** The part of a recipe that its keys say. */
export type CompleteContent = Omit<
  Recipe,
  "name" | "debug" | "description" | "release" | "codename" | "architecture" | "digest"
>;

/** Merged entries as a recipe for one architecture: names looked up, defaults filled in, keyrings read. */
export async function completeContent(
  merged: Merged,
  { architecture, readFile }: { readonly architecture: RecipeArchitecture; readonly readFile: ReadFile },
): Promise<CompleteContent> {
  const accounts = completeAccounts(merged);
  const fill: Fill = (text) => fillIn(text, architecture);
  const packages = completePackages(merged);
  const javaModules = values(merged, "java-modules");
  return {
    base: merged.one("base")?.value ?? false,
    scripts: merged.one("scripts")?.value ?? false,
    sources: await Promise.all(merged.all("sources").map((item) => completeSource(item, readFile))),
    dependencies: merged.one("dependencies")?.value ?? "follow",
    shellless: merged.one("shellless")?.value ?? true,
    packages,
    without: values(merged, "without").filter((glob) => !packages.some(({ name }) => name === glob)),
    npm: merged.all("npm").map((item) => completeNpm(item, architecture)),
    ...(javaModules.length > 0 && { javaModules: [...javaModules].sort() }),
    exclude: values(merged, "exclude").map(normalPath),
    include: values(merged, "include").map(normalPath),
    users: accounts.users,
    groups: accounts.groups,
    ...completeFiles(merged, { accounts, fill }),
    trust: completeTrust(merged),
    config: completeConfig(merged, { accounts, fill }),
    layers: merged.one("layers")?.value ?? "origin",
    allow: completeAllowances(merged),
  };
}

/** Puts the architecture's names into a text. */
type Fill = (text: string) => string;

const TRIPLETS: Readonly<Record<RecipeArchitecture, string>> = {
  amd64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
};

/** `${architecture}` and `${triplet}` are the only ones; whatever else has a dollar stays as it is. */
function fillIn(text: string, architecture: RecipeArchitecture): string {
  return text.replace(/\$\{(architecture|triplet)\}/g, (_, name: string) =>
    name === "architecture" ? architecture : TRIPLETS[architecture],
  );
}

function values<K extends "without" | "java-modules" | "exclude" | "include" | "ports" | "volumes">(
  merged: Merged,
  key: K,
): readonly string[] {
  return merged.all(key).map(({ value }) => value);
}

async function completeSource(
  { value, file, at }: Placed<EntryTypes["sources"]>,
  readFile: ReadFile,
): Promise<RecipeSource> {
  const { uri, suites, components = ["main"], keyring } = value;
  const source = { uri: uri.replace(/\/+$/, ""), suites, components };
  if (keyring === undefined) return source;
  const bytes = await readBytes(besides(file.path, keyring), { readFile, location: at() });
  return { ...source, keyring: Buffer.from(bytes).toString("base64") };
}

function completePackages(merged: Merged): readonly RecipePackage[] {
  const definitions = merged.all("slices");
  return merged.all("packages").map((item) => {
    const { value } = item;
    const request = parseRequest(typeof value === "string" ? value : value.name);
    if (typeof value === "string") return request;
    const { slices } = value;
    return { ...request, slices, only: slicePatterns({ name: request.name, slices }, { definitions, item }) };
  });
}

/** `libssl3t64 (>= 3.0)`, whose form the schema has checked. */
function parseRequest(text: string): Pick<RecipePackage, "name" | "operator" | "version"> {
  const [, operator, version] = / \((\S+) (\S+)\)$/.exec(text) ?? [];
  return { name: packageName(text), ...defined({ operator, version }) };
}

function completeNpm(item: Placed<EntryTypes["npm"]>, architecture: RecipeArchitecture): RecipeNpmPackage {
  const { package: written, files, strip } = item.value;
  const request = typeof written === "string" ? written : written[architecture];
  if (request === undefined)
    throw new TareError("user-bad-recipe", `${npmName(item.value)} names no package for ${architecture}`, {
      hint: `add ${architecture}: NAME@VERSION, or take the architecture out of the recipe`,
      location: item.at(),
    });
  const at = request.lastIndexOf("@");
  return {
    name: request.slice(0, at),
    version: request.slice(at + 1),
    files: Object.entries(files)
      .map(([from, to]) => ({ from: from.replace(/^(?:\.\/+)+|\/+$/g, ""), to: normalPath(to) }))
      .sort(byText(({ to }) => to)),
    ...(strip && { strip }),
  };
}

function completeFiles(
  merged: Merged,
  { accounts, fill }: { readonly accounts: Accounts; readonly fill: Fill },
): Pick<Recipe, "directories" | "files" | "links"> {
  return {
    directories: merged.all("directories").map((item) => owned(item, { accounts, mode: 0o755 })),
    files: merged
      .all("files")
      .map((item) => ({ ...owned(item, { accounts, mode: 0o644 }), ...contentOf(item.value.content) })),
    links: merged
      .all("links")
      .map(({ value: { path, target } }) => ({ path: normalPath(fill(path)), target: fill(target) }))
      .sort(byText(({ path }) => path)),
  };
}

function contentOf(content: EntryTypes["files"]["content"]): Pick<RecipeFile, "content" | "parts"> {
  if (typeof content === "string") return { content };
  const parts = content.map((part) => (typeof part === "string" ? part : { file: normalPath(part.file) }));
  return parts.every((part) => typeof part === "string")
    ? { content: parts.join("") }
    : { content: "", parts };
}

function owned(
  item: Placed<EntryTypes["directories"]>,
  { accounts, mode }: { readonly accounts: Accounts; readonly mode: number },
): RecipeDirectory {
  const { path, mode: written, owner } = item.value;
  return {
    path: normalPath(path),
    mode: written === undefined ? mode : Number.parseInt(written.replace("o", ""), 8),
    ...(owner === undefined ? { uid: 0, gid: 0 } : accounts.owner(owner, item)),
  };
}

function completeTrust(merged: Merged): RecipeTrust {
  const isWritten = (name: string) =>
    merged.all("trust").some(({ value }) => value.store === name && value.written);
  return { bundle: isWritten("bundle"), java: isWritten("java") };
}

function completeConfig(
  merged: Merged,
  { accounts, fill }: { readonly accounts: Accounts; readonly fill: Fill },
): RecipeConfig {
  const workdir = merged.one("workdir")?.value;
  return {
    environment: pairs(merged.all("environment"), fill),
    labels: pairs(merged.all("labels"), fill),
    ports: values(merged, "ports").map(normalPort),
    volumes: values(merged, "volumes").map(normalPath),
    ...defined({
      user: completeUser(merged, accounts),
      workdir: workdir === undefined ? undefined : normalPath(workdir),
      entrypoint: unlessEmpty(merged.one("entrypoint")?.value.map(fill)),
      cmd: unlessEmpty(merged.one("cmd")?.value.map(fill)),
      stopSignal: merged.one("stop-signal")?.value,
    }),
  };
}

/** Root is what there is without a user. */
function completeUser(merged: Merged, accounts: Accounts): string | undefined {
  const item = merged.one("user");
  if (item === undefined || item.value === "root" || item.value === "0") return undefined;
  const { uid, gid } = accounts.owner(item.value, item);
  return item.value.includes(":") ? `${uid}:${gid}` : String(uid);
}

function unlessEmpty(list: readonly string[] | undefined): readonly string[] | undefined {
  return list?.length === 0 ? undefined : list;
}

function pairs(items: readonly Placed<EntryTypes["labels"]>[], fill: Fill): Readonly<Record<string, string>> {
  const sorted = items.map(({ value }) => value).sort(byText(({ name }) => name));
  return Object.fromEntries(sorted.map(({ name, value }) => [name, fill(value)]));
}

/** For what is a map in the file: the order of its keys means nothing. */
function byText<T>(textOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (textOf(a) < textOf(b) ? -1 : 1);
}

function completeAllowances(merged: Merged): RecipeAllowances {
  const of = (kind: string) =>
    merged
      .all("allow")
      .filter(({ value }) => value.kind === kind)
      .map(({ value }) => value.what);
  return { missing: of("missing"), dangling: of("dangling").map(normalPath) };
}
