import type { ReportImage } from "../../data.ts";
import { treeOf } from "./tree.ts";

/** A part of a bar. */
export interface Piece {
  readonly name: string;
  readonly size: number;
  /** Its colour, the same for the same name in every image; undefined for what is left over. */
  readonly hue: number | undefined;
}

const MOST = 7;

/** What each image is made of, largest first, in colours that hold for all of them. */
export function piecesOf(images: readonly ReportImage[]): readonly (readonly Piece[])[] {
  const all = images.map((image) =>
    treeOf(image, image.packages.length > 0 ? "package" : "folder").children.filter(({ size }) => size > 0),
  );
  const sizes = new Map<string, number>();
  for (const { name, size } of all.flat()) sizes.set(name, Math.max(sizes.get(name) ?? 0, size));
  const names = [...sizes].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const hues = new Map(names.slice(0, MOST).map((name, hue) => [name, hue]));
  return all.map((parts) => {
    const shown = parts.flatMap(({ name, size }): Piece[] => {
      const hue = hues.get(name);
      return hue === undefined ? [] : [{ name, size, hue }];
    });
    const rest = parts.filter(({ name }) => !hues.has(name));
    if (rest.length === 0) return shown;
    const size = rest.reduce((sum, part) => sum + part.size, 0);
    return [...shown, { name: `${rest.length} more`, size, hue: undefined }];
  });
}
