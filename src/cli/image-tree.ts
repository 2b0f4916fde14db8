import { familiarName, formatPlatform, type ImageSummary, type PlatformSummary } from "../api/index.ts";
import { shortId } from "./short-id.ts";
import { widthOf } from "./text.ts";
import { humanSize } from "./units.ts";

/** A column: its title, and on which side of it its cells stand. */
interface Column {
  readonly title: string;
  readonly right: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: "IMAGE", right: false },
  { title: "ID", right: false },
  { title: "DISK USAGE", right: true },
  { title: "CONTENT SIZE", right: true },
];

/** Lines of images as `docker images --tree` shows them: names, and below them the platforms with their sizes. */
export function imageTree(
  images: readonly ImageSummary[],
  { truncate }: { readonly truncate: boolean },
): readonly string[] {
  const blocks = images.map((image) => blockOf(image, truncate ? shortId : String));
  const rows = [COLUMNS.map(({ title }) => title), ...blocks.flat()];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ""))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => padded(cell, { width: widths[at] ?? 0, right: COLUMNS[at]?.right ?? false }))
      .join("   ")
      .trimEnd();
  return [
    line(COLUMNS.map(({ title }) => title)),
    ...blocks.flatMap((block, at) => [...(at > 0 ? [""] : []), ...block.map(line)]),
  ];
}

/** Names stand alone, but for the last one, which has the facts of all; below it the platforms, each with its own. */
function blockOf(
  { references, ...image }: ImageSummary,
  idOf: (digest: string) => string,
): readonly (readonly string[])[] {
  const names = references.length > 0 ? references.map(familiarName) : ["<untagged>"];
  const { platforms = [image] } = image;
  return [
    ...names.slice(0, -1).map((name) => [name]),
    [names.at(-1) as string, idOf(image.id), ...sizesOf(platforms)],
    ...platforms.map((one, at) => [
      `${at === platforms.length - 1 ? "└─" : "├─"} ${formatPlatform(one.platform)}`,
      idOf(one.id),
      ...sizesOf([one]),
    ]),
  ];
}

function sizesOf(images: readonly PlatformSummary[]): readonly string[] {
  const total = images.reduce((sum, { size }) => sum + size, 0);
  const content = images.reduce<number | undefined>(
    (sum, { contentSize }) =>
      sum === undefined || contentSize === undefined ? undefined : sum + contentSize,
    0,
  );
  return [humanSize(total), content === undefined ? "-" : humanSize(content)];
}

function padded(cell: string, { width, right }: { readonly width: number; readonly right: boolean }): string {
  const fill = " ".repeat(Math.max(0, width - widthOf(cell)));
  return right ? fill + cell : cell + fill;
}
