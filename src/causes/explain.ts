import type { AnalysedFile, ImageAnalysis } from "../analysis/index.ts";
import { defined, TareError } from "../base/index.ts";
import type { ImageProvenance } from "../provenance/index.ts";
import {
  buildTree,
  compilePathGlob,
  type Entry,
  isPattern,
  lookup,
  type PathTest,
  pathComponents,
  type Tree,
} from "../tree/index.ts";
import { layerCauses } from "./layer-causes.ts";
import { nearPaths } from "./near-paths.ts";
import { packageReason } from "./package-chains.ts";
import type { FileReason, FolderReason, LayerFacts, MissingReason, PathReason } from "./types.ts";
import { weightRows } from "./weigh.ts";

/** An image whose paths are explained. */
interface Explained {
  readonly analysis: ImageAnalysis;
  readonly provenance: ImageProvenance | undefined;
  readonly layers: readonly LayerFacts[];
  readonly files: ReadonlyMap<string, AnalysedFile>;
  readonly tree: Tree;
}

/** More are not read by anybody. */
const MOST = 1000;

/**
 * Says why paths are in an image, or why they are not: one answer for each path, for each match of a pattern (`*`, `?`,
 * `[a-z]`, `**`). A path that exists is no pattern. `user-bad-flag` for a pattern of more than a thousand matches.
 */
export function explain(
  analysis: ImageAnalysis,
  paths: readonly string[],
  provenance?: ImageProvenance,
): readonly PathReason[] {
  const image: Explained = {
    analysis,
    provenance,
    layers: layerCauses(analysis, provenance),
    files: new Map(analysis.files.map((file) => [file.path, file])),
    tree: treeOf(analysis.files),
  };
  return paths.flatMap((asked) => answers(image, asked));
}

function treeOf(files: readonly AnalysedFile[]): Tree {
  const entries = files.map(({ path, kind, mode, uid, gid, size, link }): Entry => {
    return { path, kind, mode, uid, gid, mtime: 0, size, ...(link !== undefined && { link }) };
  });
  return buildTree([{ entries }]);
}

function answers(image: Explained, asked: string): readonly PathReason[] {
  const exact = foundAt(image, asked);
  if (exact) return [exact];
  const matches = patternOf(asked);
  if (matches) {
    const found = image.analysis.files.filter(({ path }) => matches(path));
    if (found.length > MOST)
      throw new TareError("user-bad-flag", `${asked} matches ${found.length} paths`, {
        hint: `name their folder, which is summed up, or write a pattern of at most ${MOST} matches`,
      });
    if (found.length > 0) return found.map((file) => reasonOf(image, file, file.path));
  }
  return [missing(image, asked)];
}

/** A name such as `/usr/bin/[` is no pattern, but may be missing as any other. */
function patternOf(asked: string): PathTest | undefined {
  try {
    return isPattern(asked) ? compilePathGlob(asked) : undefined;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

function foundAt(image: Explained, asked: string): PathReason | undefined {
  const path = realPath(image.tree, asked);
  const file = path === undefined ? undefined : image.files.get(path);
  return file && reasonOf(image, file, asked);
}

/** Links before the last component are followed. */
function realPath(tree: Tree, path: string, followLast = false): string | undefined {
  try {
    return lookup(tree, path, { followLast })?.path;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

function reasonOf(image: Explained, file: AnalysedFile, asked: string): PathReason {
  return file.kind === "dir" ? folderReason(image, file, asked) : fileReason(image, file, asked);
}

function folderReason({ analysis, layers }: Explained, { path }: AnalysedFile, asked: string): FolderReason {
  const below = path === "" ? "" : `${path}/`;
  const files = analysis.files.filter((file) => file.kind !== "dir" && file.path.startsWith(below));
  const rows = weightRows(analysis, { layers, files });
  return {
    found: "folder",
    asked,
    path,
    size: rows.reduce((sum, row) => sum + row.size, 0),
    files: rows.reduce((sum, row) => sum + row.files, 0),
    rows,
  };
}

function fileReason(image: Explained, file: AnalysedFile, asked: string): FileReason {
  const { analysis, provenance } = image;
  const { path, kind, layer, link } = file;
  const owner =
    file.package === undefined ? undefined : packageReason(analysis.packages, file.package, provenance);
  const hidden = analysis.hidden.filter((one) => one.path === path);
  const first = kind === "hardlink" ? image.files.get(link ?? "") : undefined;
  return {
    found: "file",
    asked,
    path,
    kind,
    size: first?.size ?? file.size,
    layer: layerOf(image, layer),
    replaced: hidden.map((one) => ({ layer: one.layer, size: one.size })),
    ...defined({ package: owner, link, target: targetOf(image, file) }),
  };
}

/** Links one after the other are one step. */
function targetOf(image: Explained, { kind, path }: AnalysedFile): FileReason | undefined {
  if (kind !== "symlink") return undefined;
  const target = image.files.get(realPath(image.tree, path, true) ?? "");
  return target && target.kind !== "dir" && target.path !== path
    ? fileReason(image, target, target.path)
    : undefined;
}

function layerOf({ layers }: Explained, number: number): LayerFacts {
  return layers[number] ?? { number, kind: "unexplained", title: "nothing says what made it" };
}

function missing(image: Explained, asked: string): MissingReason {
  const path = pathComponents(asked).join("/");
  const hidden = image.analysis.hidden.filter(({ how }) => how === "removed");
  const own = hidden.filter((one) => one.path === path);
  const below = own.length > 0 ? own : hidden.filter((one) => one.path.startsWith(`${path}/`));
  const last = below.reduce<(typeof below)[number] | undefined>(
    (a, b) => (a && a.by >= b.by ? a : b),
    undefined,
  );
  const removed = last && {
    from: layerOf(image, last.layer),
    by: layerOf(image, last.by),
    size: below.filter(({ by }) => by === last.by).reduce((sum, { size }) => sum + size, 0),
  };
  const near = nearPaths([...image.files.keys()], path);
  return { found: "nothing", asked, path, near, ...defined({ removed }) };
}
