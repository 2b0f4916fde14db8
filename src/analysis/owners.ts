import { TareError } from "../base/index.ts";
import type { InventoryItem, PackageType } from "../sbom/index.ts";
import { baseName, joinPath, lookup, parentPath, type TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";

/**
 * Which package has brought each path, as its place in `packages`. Lists of files count first: dpkg's, then those that
 * came with the packages; then the file that says that a package is there; at last, for packages that are folders, what is
 * below them. Folders belong to nobody, as several packages share them.
 */
export function findOwners(
  image: ImageContent,
  packages: readonly InventoryItem[],
): ReadonlyMap<string, number> {
  const nodes = new Map(image.nodes.map((node) => [node.entry.path, node]));
  const owners = new Map<string, number>();
  const placed = placer(image, nodes);
  const own = (listed: string, owner: number) => {
    const path = placed(listed);
    if (path !== undefined && !owners.has(path)) owners.set(path, owner);
  };
  for (const [path, owner] of dpkgLists(image, packages)) own(path, owner);
  for (const [number, { package: item }] of packages.entries())
    for (const { path } of item.files ?? []) own(path, number);
  for (const [location, owner] of locations(packages)) own(location, owner);
  ownFolders(image.nodes, { packages, owners });
  return owners;
}

/** Kinds whose packages are recorded in a database; one that several are in belongs to none of them. */
const DATABASES: readonly PackageType[] = ["deb", "apk", "rpm"];

/**
 * The files that say that packages are there. Of several packages in one file, as the modules in a program, it belongs
 * to the one that the others are for: none of them needs it, its name is the file's, it needs the most.
 */
function locations(packages: readonly InventoryItem[]): ReadonlyMap<string, number> {
  const found = new Map<string, number[]>();
  for (const [number, { package: item }] of packages.entries()) {
    if (item.location === undefined) continue;
    const others = found.get(item.location);
    if (others) others.push(number);
    else found.set(item.location, [number]);
  }
  const isDatabase = ([first = 0, ...more]: readonly number[]) =>
    more.length > 0 && DATABASES.includes((packages[first] as InventoryItem).package.type);
  return new Map(
    [...found]
      .filter(([, numbers]) => !isDatabase(numbers))
      .map(([location, numbers]) => [location, mainOf(location, { numbers, packages })]),
  );
}

function mainOf(
  location: string,
  { numbers, packages }: { readonly numbers: readonly number[]; readonly packages: readonly InventoryItem[] },
): number {
  const items = numbers.map((number) => ({ number, item: packages[number] as InventoryItem }));
  const needed = new Set(items.flatMap(({ item }) => item.dependsOn));
  const rank = ({ item }: (typeof items)[number]) => [
    needed.has(item.ref) ? 0 : 1,
    baseName(location).includes(item.package.name.split(/[/:]/).at(-1) ?? "") ? 1 : 0,
    item.dependsOn.length,
  ];
  const ranked = items.map((one) => ({ number: one.number, rank: rank(one) }));
  ranked.sort((a, b) => b.rank.reduce((found, value, at) => found || value - (a.rank[at] ?? 0), 0));
  return (ranked[0] as { readonly number: number }).number;
}

const DPKG_FILE = /^var\/lib\/dpkg\/(?:info|status\.d)\/([^/:]+?)(?::([^/]+))?\.([a-z0-9]+)$/;

/** What dpkg has listed for each package, and what it keeps of the package itself. */
function* dpkgLists(
  image: ImageContent,
  packages: readonly InventoryItem[],
): Generator<readonly [string, number]> {
  const numbers = debNumbers(packages);
  for (const node of image.nodes) {
    const { path, kind } = node.entry;
    const [, name = "", architecture, suffix] =
      kind === "file" && path.startsWith("var/lib/dpkg/") ? (DPKG_FILE.exec(path) ?? []) : [];
    const owner = numbers.get(architecture === undefined ? name : `${name}:${architecture}`);
    if (owner === undefined) continue;
    yield [path, owner];
    if (suffix !== "list") continue;
    for (const listed of listedFiles(Buffer.from(image.read(node, 0, node.entry.size)).toString("utf8")))
      yield [listed, owner];
  }
}

/** A folder stands before what is in it, and may be a link in the image: `/bin`. */
function listedFiles(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines
    .filter((line, at) => line.length > 1 && !lines[at + 1]?.startsWith(`${line}/`))
    .map((line) => line.slice(1));
}

/** By `name` and by `name:architecture`. */
function debNumbers(packages: readonly InventoryItem[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [number, { package: item }] of packages.entries()) {
    if (item.type !== "deb") continue;
    numbers.set(item.name, number);
    numbers.set(`${item.name}:${item.architecture}`, number);
  }
  return numbers;
}

/** Where a path of a list is in the image, which may have links for the folders that the list names; undefined of folders. */
function placer(
  { tree }: Pick<ImageContent, "tree">,
  nodes: ReadonlyMap<string, TreeNode>,
): (path: string) => string | undefined {
  const folders = new Map<string, string | undefined>();
  const realFolder = (folder: string) => {
    if (!folders.has(folder)) folders.set(folder, lookupQuietly(tree, folder));
    return folders.get(folder);
  };
  return (path) => {
    const exact = nodes.get(path);
    if (exact) return exact.entry.kind === "dir" ? undefined : path;
    const folder = realFolder(parentPath(path));
    const real = folder === undefined ? undefined : joinPath(folder, baseName(path));
    const node = real === undefined ? undefined : nodes.get(real);
    return node && node.entry.kind !== "dir" ? real : undefined;
  };
}

function lookupQuietly(tree: ImageContent["tree"], path: string): string | undefined {
  try {
    return lookup(tree, path)?.path;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

/** Packages of Node.js are folders: what is in one belongs to it, but for packages that are in it in turn. */
function ownFolders(
  nodes: readonly TreeNode[],
  { packages, owners }: { readonly packages: readonly InventoryItem[]; readonly owners: Map<string, number> },
): void {
  const folders = new Map<string, number>();
  for (const [number, { package: item }] of packages.entries())
    if (item.type === "npm" && item.location !== undefined) folders.set(parentPath(item.location), number);
  if (folders.size === 0) return;
  const known = new Map<string, number | undefined>([["", undefined]]);
  const ownerOf = (folder: string): number | undefined => {
    if (!known.has(folder)) known.set(folder, folders.get(folder) ?? ownerOf(parentPath(folder)));
    return known.get(folder);
  };
  for (const { entry } of nodes) {
    const owner =
      entry.kind === "dir" || owners.has(entry.path) ? undefined : ownerOf(parentPath(entry.path));
    if (owner !== undefined) owners.set(entry.path, owner);
  }
}
