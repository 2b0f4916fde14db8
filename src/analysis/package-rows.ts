import { defined } from "../base/index.ts";
import { type InventoryItem, imagePackages, inventoryOf } from "../sbom/index.ts";
import type { TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import { openFile } from "./contents.ts";
import type { AnalysedFile, AnalysedPackage, FileAnalysis } from "./types.ts";

/** The packages of an image, sorted; their rows can be made once it is known which file is whose. */
export interface ImagePackages {
  readonly packages: readonly InventoryItem[];
  readonly distribution?: NonNullable<FileAnalysis["distribution"]>;
  rows(files: readonly AnalysedFile[]): readonly AnalysedPackage[];
}

export async function lookAtPackages(image: ImageContent, signal: AbortSignal): Promise<ImagePackages> {
  const read = async function* (node: TreeNode) {
    yield image.read(node, 0, node.entry.size);
  };
  const open = (node: TreeNode) => openFile(image, node);
  const found = await imagePackages({ tree: async () => image.tree, read, open }, signal);
  const packages = inventoryOf(found.packages);
  const { id, prettyName: name, versionId: version } = found.distribution ?? {};
  return {
    packages,
    ...(id !== undefined && { distribution: { id, ...defined({ name, version }) } }),
    rows: (files) => packageRows(packages, files),
  };
}

function packageRows(
  packages: readonly InventoryItem[],
  files: readonly AnalysedFile[],
): readonly AnalysedPackage[] {
  const numbers = new Map(packages.map(({ ref }, number) => [ref, number]));
  const sums = packages.map(() => ({ size: 0, files: 0 }));
  for (const { package: owner, kind, size } of files) {
    const sum = owner === undefined ? undefined : sums[owner];
    if (!sum) continue;
    sum.size += size;
    if (kind !== "dir") sum.files++;
  }
  return packages.map(({ package: item, dependsOn }, number) => {
    const { type, name, version, purl, architecture, description, location, source, licenses } = item;
    return {
      type,
      name,
      version,
      purl,
      ...defined({ architecture, description, location }),
      ...(source && { source: `${source.name} ${source.version}` }),
      ...(licenses && { license: licenses.expression }),
      dependencies: dependsOn.map((ref) => numbers.get(ref) as number),
      ...(sums[number] as { readonly size: number; readonly files: number }),
    };
  });
}
