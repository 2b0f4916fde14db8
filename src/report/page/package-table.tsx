import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ReportImage } from "../data.ts";
import { bytes, count, counted } from "./model/format.ts";
import type { Found } from "./model/search.ts";
import { byNumber, byText } from "./model/sort.ts";
import { Section } from "./section.tsx";
import { type Column, type Sorting, VirtualTable } from "./virtual-table.tsx";

type Key = "name" | "version" | "type" | "size" | "files" | "license";

const COLUMNS: readonly Column<Key>[] = [
  { key: "name", title: "Package" },
  { key: "version", title: "Version" },
  { key: "size", title: "Size", isNumber: true },
  { key: "files", title: "Files", isNumber: true, isExtra: true },
  { key: "type", title: "Kind", isExtra: true },
  { key: "license", title: "Licence", isExtra: true },
];

/** Every package that the image's own databases and files tell of. */
export function PackageTable({
  image,
  found,
}: {
  readonly image: ReportImage;
  readonly found: Found | undefined;
}): JSX.Element | null {
  const [sorting, setSorting] = useState<Sorting<Key>>({ key: "size", down: true });
  const { packages } = image;
  const sorted = useMemo(() => sortedPackages(image, sorting), [image, sorting]);
  const rows = useMemo(() => {
    if (!found) return sorted;
    const owners = new Set(image.files.package.filter((_, file) => found.files[file] === 1));
    return sorted.filter((place) => owners.has(place) || found.packages.has(place));
  }, [image, sorted, found]);
  if (packages.length === 0) return null;
  const cell = (row: number, key: Key) => {
    const found = packages[rows[row] as number];
    if (!found) return "";
    if (key === "size") return bytes(found.size);
    return key === "files" ? count(found.files) : (found[key] ?? "–");
  };
  const lead =
    rows.length === packages.length
      ? counted(packages.length, "package")
      : `${counted(rows.length, "package")} of ${count(packages.length)} match the search, by name or by a file`;
  return (
    <Section id="packages" title="Packages" lead={lead}>
      <VirtualTable
        label="Table of packages"
        kind="packages"
        columns={COLUMNS}
        count={rows.length}
        cell={cell}
        sorting={sorting}
        onSort={setSorting}
      />
    </Section>
  );
}

function sortedPackages({ packages }: ReportImage, { key, down }: Sorting<Key>): readonly number[] {
  const places = packages.map((_, place) => place);
  if (key === "size" || key === "files")
    return byNumber(
      places,
      packages.map((found) => found[key]),
      down,
    );
  return byText(
    places,
    packages.map((found) => found[key] ?? ""),
    down,
  );
}
