import type { ReportCause, ReportImage } from "../../data.ts";

/** What the treemap shows its files by. */
export type View = "folder" | "package" | "layer" | "cause";

/** A part of an image: the whole, a package, a layer, a folder or a file. */
export interface Part {
  readonly kind: "image" | "package" | "layer" | "cause" | "folder" | "file" | "rest";
  /** As its parent shows it; a chain of folders with nothing else in them is one part, `usr/share/doc`. */
  name: string;
  size: number;
  /** How many files are in it. */
  files: number;
  parent: Part | undefined;
  /** Largest first. */
  children: Part[];
  /** Of a file: its place in the columns. */
  readonly file?: number;
}

/** All files of an image as a tree. */
export function treeOf(image: ReportImage, view: View): Part {
  const { files } = image;
  const root = part("image", image.name, undefined);
  const parents = folderParents(files.folders);
  const groups = new Map<string, Part>();
  const folders = new Map<string, Part>();

  function added(
    key: string,
    kind: Part["kind"],
    { name, parent }: Pick<Part, "name"> & { parent: Part },
  ): Part {
    const known = groups.get(key);
    if (known) return known;
    const made = part(kind, name, parent);
    parent.children.push(made);
    groups.set(key, made);
    return made;
  }

  function groupOf(file: number): readonly [key: string, part: Part] {
    if (view === "folder") return ["", root];
    const [owner, layer] = [files.package[file] as number, files.layer[file] as number];
    if (view === "cause") {
      const { kind, key, title } = causeOf(image, { owner, layer });
      const parent = added(kind, "cause", { name: CAUSES[kind], parent: root });
      return [key, added(key, "cause", { name: title, parent })];
    }
    const key = String(view === "package" ? owner : layer);
    return [key, added(key, view, { name: groupTitle(image, view, Number(key)), parent: root })];
  }

  function folderOf(place: string, folder: number, group: Part): Part {
    const path = files.folders[folder] as string;
    if (path === "") return group;
    const key = `${folder} ${place}`;
    const known = folders.get(key);
    if (known) return known;
    const parent = folderOf(place, parents[folder] as number, group);
    const made = part("folder", path.slice(path.lastIndexOf("/") + 1), parent);
    parent.children.push(made);
    folders.set(key, made);
    return made;
  }

  for (let file = 0; file < files.names.length; file++) {
    const [place, group] = groupOf(file);
    const parent = folderOf(place, files.folder[file] as number, group);
    const size = files.sizes[file] as number;
    parent.children.push({ ...part("file", files.names[file] as string, parent), size, files: 1, file });
  }
  return settled(root);
}

function part(kind: Part["kind"], name: string, parent: Part | undefined): Part {
  return { kind, name, size: 0, files: 0, parent, children: [] };
}

function groupTitle({ packages, layers }: ReportImage, view: View, place: number): string {
  if (view === "package") return packages[place]?.name ?? "in no package";
  return layers[place]?.title ?? "";
}

/** The kinds of causes as people call them. */
const CAUSES = {
  package: "Packages",
  copy: "COPY and ADD",
  run: "RUN",
  composition: "Composition",
  other: "Other steps",
  unexplained: "Unexplained",
} as const;

/** What a file is there for, as `tare weigh` reckons: its package, else what made its layer. */
function causeOf(
  { packages, layers }: ReportImage,
  { owner, layer }: { readonly owner: number; readonly layer: number },
): { readonly kind: keyof typeof CAUSES; readonly key: string; readonly title: string } {
  const found = packages[owner];
  if (found) return { kind: "package", key: `package ${owner}`, title: found.name };
  const { kind, title, place } = layers[layer]?.cause ?? NO_CAUSE;
  const isOne = kind === "composition" || kind === "unexplained";
  const key = isOne ? title : `layer ${layer}`;
  return { kind, key, title: place === undefined ? title : `${title} (${place})` };
}

const NO_CAUSE: ReportCause = { kind: "unexplained", title: "nothing says what made it" };

/** Every folder stands behind the one that it is in. */
function folderParents(folders: readonly string[]): readonly number[] {
  const places = new Map(folders.map((path, place) => [path, place]));
  return folders.map((path) => places.get(path.slice(0, Math.max(0, path.lastIndexOf("/")))) ?? 0);
}

/** Sums, order and joined chains, from the leaves on. */
function settled(node: Part): Part {
  for (const child of node.children) if (child.kind !== "file") settled(child);
  node.children = node.children.map((child) => joined(child));
  node.children.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
  if (node.kind !== "file") {
    node.size = node.children.reduce((sum, { size }) => sum + size, 0);
    node.files = node.children.reduce((sum, { files }) => sum + files, 0);
  }
  return node;
}

function joined(child: Part): Part {
  const [only] = child.children;
  if (child.kind !== "folder" || child.children.length !== 1 || only?.kind !== "folder") return child;
  only.name = `${child.name}/${only.name}`;
  only.parent = child.parent;
  return only;
}

/** From the whole to a part. */
export function pathOf(node: Part): readonly Part[] {
  return node.parent ? [...pathOf(node.parent), node] : [node];
}

/** Where a part is in the image: `/usr/lib/libc.so.6`, or what its group is called. */
export function titleOf(node: Part): string {
  const path = pathOf(node).filter(({ kind }) => kind === "folder" || kind === "file");
  return path.length > 0 ? `/${path.map(({ name }) => name).join("/")}` : node.name;
}

/** The part that is a file, or undefined. */
export function findFile(root: Part, file: number): Part | undefined {
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.file === file) return node;
    open.push(...node.children);
  }
  return undefined;
}
