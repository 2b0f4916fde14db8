import { familiarRepository, type ImageSummary, type Reference, TareError } from "../api/index.ts";
import { parseMoment } from "./moment.ts";
import { shortId } from "./short-id.ts";
import type { Row } from "./template.ts";
import { goTime, humanDuration, humanSize } from "./units.ts";

/** Headers of the columns, by the names that templates use. */
export const IMAGE_HEADERS: Row = {
  Repository: "REPOSITORY",
  Tag: "TAG",
  Digest: "DIGEST",
  ID: "IMAGE ID",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  Size: "SIZE",
  VirtualSize: "SIZE",
  SharedSize: "SHARED SIZE",
  UniqueSize: "UNIQUE SIZE",
  Containers: "CONTAINERS",
};

/** What Docker counts only for `system df`, as `tare du` does. */
const NOT_COUNTED = { SharedSize: "N/A", UniqueSize: "N/A", Containers: "N/A" } as const;

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
      ID: truncate ? shortId(image.id) : image.id,
      CreatedSince:
        image.created === undefined ? "N/A" : `${humanDuration(now - Date.parse(image.created))} ago`,
      CreatedAt: image.created === undefined ? "N/A" : goTime(Date.parse(image.created)),
      Size: humanSize(image.size),
      VirtualSize: humanSize(image.size),
      ...NOT_COUNTED,
    }));
  });
}

/** Keeps the images that `--filter` and the argument ask for; all filters have to hold. */
export function filterImages(
  images: readonly ImageSummary[],
  filters: readonly string[],
  now = Date.now(),
): readonly ImageSummary[] {
  const pairs = filters.map((filter) => {
    const at = filter.indexOf("=");
    const [key, value] = [filter.slice(0, Math.max(0, at)), filter.slice(at + 1)];
    return { key, value, filter };
  });
  // Of several patterns one has to fit, as for Docker; everything else holds together.
  const patterns = pairs.filter(({ key }) => key === "reference").map(({ value }) => compilePattern(value));
  const named = patterns.length === 0 ? images : images.flatMap((image) => withNames(image, patterns));
  const others = pairs.filter(({ key }) => key !== "reference");
  return others.reduce((kept, pair) => applyFilter(kept, { ...pair, all: images, now }), named);
}

/** The image with those of its names that fit; nothing without any. */
function withNames(image: ImageSummary, patterns: readonly RegExp[]): readonly ImageSummary[] {
  const references = image.references.filter((reference) =>
    patterns.some((pattern) => matches(reference, pattern)),
  );
  return references.length > 0 ? [{ ...image, references }] : [];
}

interface Filter {
  readonly key: string;
  readonly value: string;
  /** As it was written. */
  readonly filter: string;
  readonly all: readonly ImageSummary[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

function applyFilter(
  images: readonly ImageSummary[],
  { key, value, filter, all, now }: Filter,
): readonly ImageSummary[] {
  switch (key) {
    case "dangling": {
      const wanted = truth(value);
      return images.filter((image) => image.dangling === wanted);
    }
    case "label": {
      const at = value.indexOf("=");
      const [name, wanted] = at < 0 ? [value] : [value.slice(0, at), value.slice(at + 1)];
      return images.filter(
        ({ labels }) => Object.hasOwn(labels, name) && (wanted === undefined || labels[name] === wanted),
      );
    }
    case "before": {
      const limit = createdOf(all, value);
      return images.filter((image) => timeOf(image) < limit);
    }
    case "since": {
      const limit = createdOf(all, value);
      return images.filter((image) => timeOf(image) > limit);
    }
    case "until": {
      const limit = parseMoment(value, { flag: "--filter until", now });
      return images.filter((image) => timeOf(image) < limit);
    }
    default:
      throw new TareError("user-bad-flag", `invalid filter ${JSON.stringify(filter)}`, {
        hint: "filters are dangling=true|false, label=K[=V], before=IMAGE, since=IMAGE, until=24h, reference=PATTERN",
      });
  }
}

function truth(value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new TareError("user-bad-flag", `invalid filter dangling=${value}`, {
    hint: "write dangling=true or dangling=false",
  });
}

function matches(reference: Reference, expression: RegExp): boolean {
  const repository = familiarRepository(reference);
  return [repository, `${repository}:${reference.tag ?? ""}`].some((name) => expression.test(name));
}

/** Go's path.Match: `*` is anything but a slash, `?` one such character, `[a-z]` and `[^a-z]` classes. */
function compilePattern(pattern: string): RegExp {
  const parts = pattern.match(/\[\^?[^\]]+\]|[\s\S]/g) ?? [];
  const source = parts.map((part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return part.length > 1 ? part : part.replace(/[.+^${}()|\\/\]]/, "\\$&");
  });
  try {
    return new RegExp(`^${source.join("")}$`);
  } catch (error) {
    throw new TareError("user-bad-flag", `invalid pattern ${JSON.stringify(pattern)}`, {
      hint: "close every [ with a ]",
      cause: error,
    });
  }
}

/** Milliseconds since 1970; an image that does not say when it was made is older than all others. */
function timeOf({ created }: ImageSummary): number {
  return created === undefined ? Number.NEGATIVE_INFINITY : Date.parse(created);
}

function createdOf(images: readonly ImageSummary[], name: string): number {
  const found = images.find(({ id, references }) => {
    const names = references.flatMap((reference) => [
      familiarRepository(reference),
      `${familiarRepository(reference)}:${reference.tag ?? ""}`,
    ]);
    return names.includes(name) || id === name || (name !== "" && id.startsWith(`sha256:${name}`));
  });
  if (found?.created !== undefined) return timeOf(found);
  throw new TareError("resolve-image", `no such image: ${name}`, { hint: "`tare images` lists the images" });
}
