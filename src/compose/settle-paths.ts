import { TareError } from "../base/index.ts";
import { parentPath } from "../tree/index.ts";
import { inOrder, type Placed, placedDirectory, withHardLinks } from "./placed.ts";

/** What a package, or the recipe itself, brings into an image. */
export interface Bringer {
  /** For messages. */
  readonly name: string;
  /** Names of the packages whose files it may overwrite; the recipe may overwrite those of all. */
  readonly replaces: readonly string[] | "all";
  /** The last of a path counts. */
  readonly placed: readonly Placed[];
  /** What it brings besides, which may say what came of its files. */
  readonly record?: (kept: readonly Placed[]) => readonly Placed[];
}

/**
 * Settles who brings which path, so that the tree is the same however the bringers are divided into layers: no file is
 * in two of them, every directory above a file is there with it, and all agree on what a directory is (the first that
 * describes it; the recipe, which is above all, may say otherwise). Gives each bringer's paths in the order of a layer.
 * `resolve-package` where packages contradict each other, `user-bad-recipe` where the recipe does.
 */
export function settlePaths(bringers: readonly Bringer[]): readonly (readonly Placed[])[] {
  const claims: Claims = new Map();
  for (const by of bringers) for (const placed of by.placed) claim(claims, { by, placed });
  const kept = bringers.map((by) => by.placed.filter((placed) => isKept(claims, { by, placed })));
  const brought = bringers.map((by, at) => {
    const files = kept[at] as readonly Placed[];
    const records = by.record?.(files) ?? [];
    for (const placed of records) claim(claims, { by, placed });
    return { by, placed: [...files, ...records] };
  });
  return brought.map(({ by, placed }) => withDirectories(placed, { by, claims }));
}

interface Claimed {
  readonly by: Bringer;
  readonly placed: Placed;
}

/** Who brings each path. */
type Claims = Map<string, Claimed>;

function claim(claims: Claims, one: Claimed): void {
  const { path } = one.placed.entry;
  const other = claims.get(path);
  if (!other || mayReplace(one, other)) claims.set(path, one);
  else if (!isSameDirectory(one, other) && !mayReplace(other, one)) throw bothBring(path, other, one);
}

function mayReplace({ by, placed }: Claimed, other: Claimed): boolean {
  const [isDirectory, wasDirectory] = [placed, other.placed].map(({ entry }) => entry.kind === "dir");
  // What the recipe says of a directory is said in its own layer, so that images share those of the packages.
  if (by.replaces === "all") return by === other.by || !(isDirectory && wasDirectory);
  return !isDirectory && !wasDirectory && by.replaces.includes(other.by.name);
}

function isSameDirectory(one: Claimed, other: Claimed): boolean {
  return one.placed.entry.kind === "dir" && other.placed.entry.kind === "dir";
}

function isKept(claims: Claims, one: Claimed): boolean {
  const claimed = claims.get(one.placed.entry.path) as Claimed;
  return claimed.placed === one.placed || isSameDirectory(one, claimed);
}

/** With the directories above, as everybody has them; what the recipe says of one itself stays. */
function withDirectories(
  placed: readonly Placed[],
  { by, claims }: { readonly by: Bringer; readonly claims: Claims },
): readonly Placed[] {
  const own = by.replaces === "all" ? [] : placed.filter(({ entry }) => entry.kind === "dir");
  const directories = new Map<string, Placed>();
  const agreed = (path: string) => {
    const claimed = claims.get(path);
    if (claimed && claimed.placed.entry.kind !== "dir") throw isNoDirectory(path, { claimed, by });
    return claimed?.placed ?? placedDirectory(path);
  };
  for (const { entry } of own) directories.set(entry.path, agreed(entry.path));
  for (const { entry } of placed)
    for (
      let above = parentPath(entry.path);
      above !== "" && !directories.has(above);
      above = parentPath(above)
    )
      directories.set(above, agreed(above));
  const others = placed.filter(({ entry }) => by.replaces === "all" || entry.kind !== "dir");
  return withHardLinks(inOrder([...directories.values(), ...others]));
}

function bothBring(path: string, { by: a }: Claimed, { by: b }: Claimed): TareError {
  if (a === b)
    return new TareError("resolve-package", `${a.name} brings /${path} twice, once without /usr`, {
      hint: `leave the file out: exclude: [/${path}]`,
    });
  return new TareError("resolve-package", `${a.name} and ${b.name} both bring /${path}`, {
    hint: `leave one of them out, or the file of one: slices, or exclude: [/${path}]`,
  });
}

function isNoDirectory(
  path: string,
  { claimed, by }: { readonly claimed: Claimed; readonly by: Bringer },
): TareError {
  const { kind, link } = claimed.placed.entry;
  const what = kind === "symlink" ? `a link to ${link}` : "a file";
  const isRecipe = [claimed.by, by].some(({ replaces }) => replaces === "all");
  return new TareError(
    isRecipe ? "user-bad-recipe" : "resolve-package",
    `${by.name} has something in /${path}, which ${claimed.by.name} makes ${what}`,
    { hint: `put it where the link leads, or leave out what is in the way: exclude: [/${path}/**]` },
  );
}
