import type {
  FileReason,
  FolderReason,
  LayerFacts,
  MissingReason,
  PackageReason,
  PathReason,
} from "../api/index.ts";
import { visibleName } from "../text/index.ts";
import { shorten } from "./text.ts";
import { humanSize } from "./units.ts";

/** Why paths are in an image, or why they are not, in words; paths are apart by empty lines. */
export function pathReasonText(reasons: readonly PathReason[]): string {
  return `${reasons.map((reason) => linesOf(reason).join("\n")).join("\n\n")}\n`;
}

function linesOf(reason: PathReason): readonly string[] {
  switch (reason.found) {
    case "file":
      return fileLines(reason);
    case "folder":
      return folderLines(reason);
    case "nothing":
      return missingLines(reason);
  }
}

function fileLines(reason: FileReason): readonly string[] {
  const { asked, path, kind, size, layer, link, target, needs, replaced } = reason;
  const where =
    visibleName(asked).replace(/^\/+/, "") === visibleName(path)
      ? ""
      : `, asked for as ${visibleName(asked)}`;
  return [
    `/${visibleName(path)}: ${WORDS[kind] ?? kind}${size > 0 ? ` of ${humanSize(size)}` : ""}${where}`,
    line("layer", layerText(layer)),
    ...earlierLines(reason),
    ...(reason.package ? packageLines(reason.package) : []),
    ...replaced.map((one) => line("replaces", `${humanSize(one.size)} of layer ${one.layer + 1}`)),
    ...(needs ? needLines(needs) : []),
    ...(link === undefined || kind !== "symlink" ? [] : [line("leads to", visibleName(link))]),
    ...(target ? ["", ...fileLines(target)] : []),
  ];
}

const WORDS: Readonly<Partial<Record<FileReason["kind"], string>>> = {
  symlink: "link",
  hardlink: "further name",
  char: "device",
  block: "device",
  fifo: "pipe",
};

function layerText({ number, title, place }: LayerFacts): string {
  return `${number + 1}: ${cut(title)}${place === undefined ? "" : ` (${visibleName(place)})`}`;
}

function earlierLines({ before = [], context }: FileReason): readonly string[] {
  return [
    ...before.map(({ title, place, path, package: owner }, at) => {
      const where = place === undefined ? "" : ` (${visibleName(place)})`;
      const whose = owner ? `, of ${visibleName(`${owner.name} ${owner.version}`.trim())}` : "";
      return line(at === 0 ? "was" : "", `/${visibleName(path)}${whose}, by ${cut(title)}${where}`);
    }),
    ...(context === undefined ? [] : [line("context", context.map(visibleName).join(" or "))]),
  ];
}

function packageLines({ name, version, source, recipe, chains }: PackageReason): readonly string[] {
  const from =
    source === undefined || source === `${name} ${version}` ? "" : `, built of ${visibleName(source)}`;
  return [
    line("package", `${visibleName(name)}${version === "" ? "" : ` ${visibleName(version)}`}${from}`),
    ...chains.map((chain, at) => line(at === 0 ? "because" : "", chainText(chain, recipe))),
  ];
}

function chainText(chain: readonly string[], recipe: string | undefined): string {
  const names = chain.map(visibleName);
  const whose = recipe === undefined ? "no other package needs" : `${visibleName(recipe)} names`;
  if (names.length === 1) return `${whose} it`;
  return `${names.join(" needs ")}${recipe === undefined ? "" : `; ${whose} ${names[0]}`}`;
}

function needLines({ neededBy, programs, chain }: NonNullable<FileReason["needs"]>): readonly string[] {
  const direct = neededBy.map(({ path }) => `/${visibleName(path)}`);
  const started = programs.map((path) => `/${visibleName(path)}`);
  return [
    line("needed by", listed([...new Set(direct)])),
    ...(started.length === 0 || started.join() === direct.join() ? [] : [line("programs", listed(started))]),
    ...(chain.length <= 2 ? [] : [line("chain", chain.map((path) => `/${visibleName(path)}`).join(" → "))]),
  ];
}

const MOST = 6;

function listed(paths: readonly string[]): string {
  const more = paths.length - MOST;
  return more > 0 ? `${paths.slice(0, MOST).join(", ")} and ${more} more` : paths.join(", ");
}

const ROWS = 15;

function folderLines({ path, size, files, rows }: FolderReason): readonly string[] {
  const shown = rows.slice(0, ROWS).map((row) => {
    const place = row.place === undefined ? "" : ` (${visibleName(row.place)})`;
    return `  ${humanSize(row.size).padStart(8)}  ${cut(row.title)}${place}`;
  });
  const more = rows.length - ROWS;
  return [
    `/${visibleName(path)}: folder of ${humanSize(size)} in ${files} ${files === 1 ? "file" : "files"}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more causes`] : []),
  ];
}

function missingLines({ path, removed, near }: MissingReason): readonly string[] {
  return [
    `/${visibleName(path)}: not in the image`,
    ...(removed
      ? [
          line("removed", `by layer ${layerText(removed.by)}`),
          line("still in", `layer ${layerText(removed.from)}, ${humanSize(removed.size)}`),
        ]
      : []),
    ...(near.length > 0 ? [line("near", near.map((one) => `/${visibleName(one)}`).join(", "))] : []),
  ];
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(10)}${text}`;
}

function cut(text: string): string {
  return shorten(visibleName(text), 120);
}
