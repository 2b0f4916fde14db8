import { collectBytes, TareError } from "../base/index.ts";
import type { Recipe, RecipeFile, RecipeFilePart } from "../recipe/index.ts";
import { mergedPath } from "../tree/index.ts";
import type { PackageLayer } from "./package-layer.ts";
import { type Placed, placedFile } from "./placed.ts";

/**
 * The files of a recipe that are put together of files of its packages, whether these ship or not. `user-bad-recipe`
 * for a part that no package has.
 */
export async function assembledFiles(
  packages: readonly PackageLayer[],
  { files, mtime }: { readonly files: Recipe["files"]; readonly mtime: number },
): Promise<readonly Placed[]> {
  const assembled: Placed[] = [];
  for (const { path, mode, uid, gid, parts } of files) {
    if (!parts) continue;
    const bytes = await Promise.all(parts.map((part) => bytesOf(part, { of: path, packages })));
    assembled.push(placedFile({ path: path.slice(1), mode, uid, gid, mtime }, Buffer.concat(bytes)));
  }
  return assembled;
}

async function bytesOf(
  part: RecipeFilePart,
  { of, packages }: { readonly of: RecipeFile["path"]; readonly packages: readonly PackageLayer[] },
): Promise<Buffer> {
  if (typeof part === "string") return Buffer.from(part);
  for (const { layer } of packages) {
    const { entries } = await layer.index();
    const found = entries.find(({ path, kind }) => kind === "file" && `/${mergedPath(path)}` === part.file);
    if (found) return collectBytes(layer.read(found));
  }
  throw new TareError("user-bad-recipe", `no package of the recipe has ${part.file}, a part of ${of}`, {
    hint: "the path counts from the root of the image, under a merged /usr: /usr/lib/x, not /lib/x",
  });
}
