import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ReportImage } from "../data.ts";
import { bytes, counted, permissions } from "./model/format.ts";
import { type Found, pathOfFile } from "./model/search.ts";
import { byNumber, byText } from "./model/sort.ts";
import { Path } from "./path.tsx";
import { Section } from "./section.tsx";
import { type Column, type Sorting, VirtualTable } from "./virtual-table.tsx";

type Key = "path" | "size" | "package" | "layer" | "mode";

const COLUMNS: readonly Column<Key>[] = [
  { key: "path", title: "Path" },
  { key: "size", title: "Size", isNumber: true },
  { key: "package", title: "Package", isExtra: true },
  { key: "layer", title: "Layer", isNumber: true, isExtra: true },
  { key: "mode", title: "Mode", isExtra: true },
];

/** Every file that the image shows. */
export function FileTable({
  image,
  found,
}: {
  readonly image: ReportImage;
  readonly found: Found | undefined;
}): JSX.Element {
  const [sorting, setSorting] = useState<Sorting<Key>>({ key: "size", down: true });
  const sorted = useMemo(() => sortedFiles(image, sorting), [image, sorting]);
  const rows = useMemo(
    () => (found ? sorted.filter((file) => found.files[file] === 1) : sorted),
    [sorted, found],
  );
  const { files, packages } = image;
  const cell = (row: number, key: Key) => {
    const file = rows[row] as number;
    if (key === "path") return <Path path={pathOfFile(image, file)} />;
    if (key === "size") return bytes(files.sizes[file] as number);
    if (key === "package") return packages[files.package[file] as number]?.name ?? "–";
    if (key === "layer") return (files.layer[file] as number) + 1;
    return <code>{permissions(files.modes[file] as number)}</code>;
  };
  return (
    <Section id="files" title="Files" lead={leadOf(rows.length, files.names.length)}>
      <VirtualTable
        label="Table of files"
        kind="files"
        columns={COLUMNS}
        count={rows.length}
        cell={cell}
        sorting={sorting}
        onSort={setSorting}
      />
    </Section>
  );
}

function leadOf(shown: number, all: number): string {
  return shown === all
    ? counted(all, "file")
    : `${counted(shown, "file")} of ${all.toLocaleString("en")} match the search`;
}

function sortedFiles(image: ReportImage, { key, down }: Sorting<Key>): readonly number[] {
  const { files, packages } = image;
  const places = files.names.map((_, place) => place);
  if (key === "size") return byNumber(places, files.sizes, down);
  if (key === "layer") return byNumber(places, files.layer, down);
  if (key === "mode") return byNumber(places, files.modes, down);
  if (key === "package")
    return byText(
      places,
      files.package.map((place) => packages[place]?.name ?? ""),
      down,
    );
  return byText(
    places,
    places.map((place) => pathOfFile(image, place)),
    down,
  );
}
