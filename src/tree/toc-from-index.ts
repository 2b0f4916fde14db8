import type { StargzContent } from "../archive/index.ts";
import { sha256, TareError } from "../base/index.ts";
import type { Entry } from "./entry.ts";
import type { LayerIndex } from "./layer.ts";
import { whiteoutPath } from "./whiteout.ts";

/**
 * The table of contents of a layer as JSON (estargz.md, "TOC"): what `indexFromToc` reads. Files stand in the order in
 * which they are in the layer, and hard links behind all of them, as readers take for granted. `user-unsupported` for a name
 * that JSON can not hold.
 */
export function tocFromIndex(index: LayerIndex, contents: readonly StargzContent[]): Buffer {
  const byOffset = new Map(contents.map((content) => [content.offset, content]));
  const isData = ({ kind, size }: Entry) => kind === "file" && size > 0;
  const files = index.entries.filter(isData).sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
  const links = index.entries.filter(({ kind }) => kind === "hardlink");
  const others = index.entries.filter((entry) => !isData(entry) && entry.kind !== "hardlink");
  const lines = [
    ...others.map((entry) => factsOf(entry)),
    ...files.flatMap((entry) => fileLines(entry, byOffset.get(entry.offset ?? -1))),
    ...links.map((entry) => factsOf(entry)),
  ];
  return Buffer.from(JSON.stringify({ version: 1, entries: lines }));
}

/** The contents that `estargz` is to give members of their own, in order. */
export function tarContents({
  entries,
}: LayerIndex): readonly { readonly offset: number; readonly size: number }[] {
  return entries
    .flatMap(({ kind, size, offset }) =>
      kind === "file" && size > 0 && offset !== undefined ? [{ offset, size }] : [],
    )
    .sort((a, b) => a.offset - b.offset);
}

/** Whiteouts are empty files (OCI image-spec, layer.md). */
function typeOf({ kind }: Entry): string {
  return kind === "file" || kind === "whiteout" || kind === "opaque" ? "reg" : kind;
}

/** Values that are 0 or empty are left out, as Go does. */
function factsOf(entry: Entry): Readonly<Record<string, unknown>> {
  const { path, kind, mode, uid, gid, mtime, size, link, device, xattrs } = entry;
  const name = kind === "whiteout" ? whiteoutPath(path) : path;
  for (const text of [name, link ?? ""]) if (/[\p{Cs}\ufffd]/u.test(text)) throw notText(entry);
  const type = typeOf(entry);
  return {
    name: kind === "dir" ? `${name === "" ? "." : name}/` : name,
    type,
    ...(size > 0 && { size }),
    ...(mtime !== 0 &&
      mtime >= FIRST_TIME &&
      mtime <= LAST_TIME && { modtime: new Date(mtime * 1000).toISOString().replace(".000Z", "Z") }),
    ...(link !== undefined && { linkName: link }),
    ...(mode !== 0 && { mode }),
    ...(uid !== 0 && { uid }),
    ...(gid !== 0 && { gid }),
    ...(device && { devMajor: device.major, devMinor: device.minor }),
    ...(xattrs && { xattrs: encodedXattrs(xattrs) }),
    ...(type === "reg" && size === 0 && { digest: EMPTY }),
  };
}

const EMPTY = sha256("");
/** Of the years 1 to 9999, which are all that RFC 3339 knows. */
const FIRST_TIME = -62_135_596_800;
const LAST_TIME = 253_402_300_799;

function fileLines(
  entry: Entry,
  content: StargzContent | undefined,
): readonly Readonly<Record<string, unknown>>[] {
  const [first, ...more] = content?.parts ?? [];
  if (!content || !first)
    throw new TareError("internal-bug", `no content of ${entry.path} in the layer's compressed form`);
  const facts = factsOf(entry);
  let done = first.size;
  return [
    {
      ...facts,
      digest: content.digest,
      offset: first.start,
      ...(more.length > 0 && { chunkSize: first.size }),
      chunkDigest: first.digest,
    },
    ...more.map(({ start, size, digest }) => {
      const chunk = { offset: start, chunkOffset: done, chunkSize: size, chunkDigest: digest };
      done += size;
      return { name: facts.name, type: "chunk", ...chunk };
    }),
  ];
}

function encodedXattrs(xattrs: NonNullable<Entry["xattrs"]>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
  );
}

function notText({ path }: Entry): TareError {
  return new TareError(
    "user-unsupported",
    `${JSON.stringify(path)} has a name that is no text, which an eStargz can not list`,
    { hint: "give the file another name, or export without compression=estargz" },
  );
}
