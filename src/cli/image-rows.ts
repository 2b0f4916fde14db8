import { familiarRepository, type ImageSummary, type Reference, TareError } from "../api/index.ts";
import type { Row } from "./template.ts";
import { humanDuration, humanSize } from "./units.ts";

/** Headers of the columns, by the names that templates use. */
export const IMAGE_HEADERS: Row = {
  Repository: "REPOSITORY",
  Tag: "TAG",
  Digest: "DIGEST",
  ID: "IMAGE ID",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  Size: "SIZE",
};

/** A row for every name of every image, and one for an image without. */
export function imageRows(
  images: readonly ImageSummary[],
  { now, truncate }: { readonly now: number; readonly truncate: boolean },
): readonly Row[] {
  return images.flatMap((image) => {
    const references: readonly (Reference | undefined)[] =
      image.references.length > 0 ? image.references : [undefined];
    return references.map((reference) => ({
      Repository: reference ? familiarRepository(reference) : "<none>",
      Tag: reference?.tag ?? "<none>",
      Digest: image.digest ?? "<none>",
      ID: truncate ? image.id.slice("sha256:".length, "sha256:".length + 12) : image.id,
      CreatedSince:
        image.created === undefined ? "N/A" : `${humanDuration(now - Date.parse(image.created))} ago`,
      CreatedAt: image.created ?? "N/A",
      Size: humanSize(image.size),
    }));
  });
}

/** Keeps the images that `--filter` and the argument ask for; all filters have to hold. */
export function filterImages(
  images: readonly ImageSummary[],
  filters: readonly string[],
): readonly ImageSummary[] {
  return filters.reduce((kept, filter) => {
    const at = filter.indexOf("=");
    const [key, value] = [filter.slice(0, Math.max(0, at)), filter.slice(at + 1)];
    return applyFilter(kept, { key, value, all: images });
  }, images);
}

interface Filter {
  readonly key: string;
  readonly value: string;
  readonly all: readonly ImageSummary[];
}

function applyFilter(images: readonly ImageSummary[], { key, value, all }: Filter): readonly ImageSummary[] {
  switch (key) {
    case "dangling":
      return images.filter((image) => image.dangling === (value === "true"));
    case "label": {
      const [name = "", wanted] = value.split("=", 2);
      return images.filter(
        ({ labels }) => name in labels && (wanted === undefined || labels[name] === wanted),
      );
    }
    case "before":
      return images.filter(({ created = "" }) => created < createdOf(all, value));
    case "since":
      return images.filter(({ created = "" }) => created > createdOf(all, value));
    case "reference":
      return images.flatMap((image) => {
        const references = image.references.filter((reference) => matches(reference, value));
        return references.length > 0 ? [{ ...image, references }] : [];
      });
    default:
      throw new TareError("user-bad-flag", `invalid filter ${JSON.stringify(key)}`, {
        hint: "filters are dangling=true|false, label=K[=V], before=IMAGE, since=IMAGE, reference=PATTERN",
      });
  }
}

/** `name`, `name:tag`, with `*` for anything but a slash. */
function matches(reference: Reference, pattern: string): boolean {
  const repository = familiarRepository(reference);
  const expression = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  const candidates = [repository, `${repository}:${reference.tag ?? ""}`];
  return candidates.some((candidate) => new RegExp(`^${expression}$`).test(candidate));
}

function createdOf(images: readonly ImageSummary[], name: string): string {
  const found = images.find(({ id, references }) => {
    const names = references.flatMap((reference) => [
      familiarRepository(reference),
      `${familiarRepository(reference)}:${reference.tag ?? ""}`,
    ]);
    return names.includes(name) || id === name || id.startsWith(`sha256:${name}`);
  });
  if (found?.created !== undefined) return found.created;
  throw new TareError("resolve-image", `no such image: ${name}`);
}
