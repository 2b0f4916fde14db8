import { lazy } from "../base/index.ts";
import { comparePaths, type TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import type { Contents } from "./contents.ts";
import { secretName } from "./secret-names.ts";
import { createSecretScan } from "./secret-scan.ts";
import type { HiddenFile, SecretFile } from "./types.ts";

/**
 * Files that look like secrets by name or content, those that later layers hide among them. What packages have brought is
 * public. Only what a pattern is called is kept.
 */
export function secretFiles(
  { nodes, layers }: Pick<ImageContent, "nodes" | "layers">,
  {
    contents,
    hidden,
    isPublic,
  }: {
    readonly contents: Pick<Contents, "secrets">;
    readonly hidden: readonly HiddenFile[];
    readonly isPublic: (node: TreeNode) => boolean;
  },
): readonly SecretFile[] {
  const found: SecretFile[] = [];
  const add = (file: Pick<SecretFile, "path" | "layer" | "isHidden">, content: () => string | undefined) => {
    const named = secretName(file.path);
    const what = named ?? content();
    if (what !== undefined) found.push({ ...file, what, by: named === undefined ? "content" : "name" });
  };
  for (const node of nodes) {
    const { path, kind, size } = node.entry;
    if (kind === "file" && size > 0 && !isPublic(node))
      add({ path, layer: node.layer, isHidden: false }, () => contents.secrets.get(node));
  }
  const scan = createSecretScan();
  const entries = layers.map(({ index }) =>
    lazy(() => new Map(index.entries.map((entry) => [entry.path, entry] as const))),
  );
  for (const { path, layer, size } of [...hidden].sort((a, b) => a.size - b.size)) {
    const content = () => {
      const { read } = layers[layer] as ImageContent["layers"][number];
      const entry = entries[layer]?.().get(path);
      return entry && scan.look({ size, read: (start, length) => read(entry, start, length) });
    };
    add({ path, layer, isHidden: true }, content);
  }
  return found.sort((a, b) => comparePaths(a.path, b.path) || a.layer - b.layer);
}
