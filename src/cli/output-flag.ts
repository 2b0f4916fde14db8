import { type Annotation, type OutputRequest, TareError } from "../api/index.ts";
import { annotationOfKey } from "./annotation-flag.ts";
import type { Flag } from "./flags.ts";

/** Where an image goes besides the store. */
export const outputFlag: Flag = {
  name: "output",
  short: "o",
  type: "list",
  value: "type=T,dest=D",
  description: "write the result: oci, docker, tar, local, registry (name=N); dest=- is standard output",
};

const TYPES = ["oci", "docker", "tar", "local", "image", "registry"] as const;
const FILE_KEYS = ["type", "dest", "tar", "compression", "compression-level"];
const ROOT_KEYS = [...FILE_KEYS, "platform-split"];
const IMAGE_KEYS = ["type", "name", "push", "compression", "compression-level"];
const KEYS: Readonly<Record<OutputRequest["type"], readonly string[]>> = {
  oci: FILE_KEYS,
  docker: FILE_KEYS,
  tar: ROOT_KEYS,
  local: ROOT_KEYS,
  image: IMAGE_KEYS,
  registry: IMAGE_KEYS,
};
/** What is so anyway; another value is an error. */
const GIVEN: Readonly<Record<string, string>> = {
  "rewrite-timestamp": "true",
  "oci-mediatypes": "true",
  unpack: "false",
};
/** Why it can not be asked for. */
const REFUSED: Readonly<Record<string, string>> = {
  "rewrite-timestamp": "times are clamped whenever SOURCE_DATE_EPOCH is set",
  "oci-mediatypes": "images have OCI media types, but for type=docker",
  unpack: "a layer is unpacked when something needs it",
  "force-compression": "layers of a base stay as they are",
  "push-by-digest": "an image is pushed by its names",
  mode: "a folder is filled, and nothing in it deleted",
};

/**
 * `-o type=docker,dest=app.tar,compression=gzip`; a bare path is a local folder, `-` a tar on standard output.
 * `type=registry,name=NAME` and `type=image,push=true` push.
 */
export function parseOutput(text: string): OutputRequest {
  if (text === "-") return { type: "tar", dest: "-" };
  if (!text.includes("=")) return { type: "local", dest: text };
  const fields = new Map(fieldsOf(text).map((field) => splitField(field, text)));
  const annotations = takeAnnotations(fields);
  if (fields.get("type") === "cacheonly")
    throw bad(text, "an image is always put into the local store; leave -o out");
  for (const [key, value] of Object.entries(GIVEN)) if (fields.get(key) === value) fields.delete(key);
  const type = TYPES.find((candidate) => candidate === fields.get("type"));
  if (type === undefined) throw bad(text, `type is one of ${TYPES.join(", ")}`);
  const known = KEYS[type];
  const unknown = [...fields.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw bad(
      text,
      `${unknown} is not known or not done yet${REFUSED[unknown] ? `: ${REFUSED[unknown]}` : ""}`,
    );
  // type=docker alone: where Docker puts it into its store, which is done anyway.
  const isStored = type === "image" || type === "registry" || (type === "docker" && fields.size === 1);
  const output = isStored
    ? imageOutput(fields, { type: type === "registry" ? type : "image", text })
    : fileOutput(fields, { type, text });
  if (annotations.length === 0) return output;
  if (type === "tar" || type === "local")
    throw bad(text, "files have no annotations: they are of manifests and indexes");
  return { ...output, annotations };
}

/** Annotations of a description, which are not left in it. */
function takeAnnotations(fields: Map<string, string>): readonly Annotation[] {
  return [...fields].flatMap(([key, value]) => {
    const annotation = annotationOfKey(key, value);
    if (annotation) fields.delete(key);
    return annotation ?? [];
  });
}

type Fields = ReadonlyMap<string, string>;

function fileOutput(
  fields: Fields,
  { type, text }: { readonly type: OutputRequest["type"]; readonly text: string },
): OutputRequest {
  const dest = fields.get("dest");
  const compression = compressionOf(fields, { type, text });
  const split = fields.get("platform-split");
  if (dest === undefined) throw bad(text, "dest is missing");
  return {
    type,
    dest,
    ...(fields.has("tar") && { tar: fields.get("tar") !== "false" }),
    ...compression,
    ...(split !== undefined && { platformSplit: truthOf("platform-split", split, text) }),
  };
}

function imageOutput(
  fields: Fields,
  { type, text }: { readonly type: "image" | "registry"; readonly text: string },
): OutputRequest {
  const push = fields.get("push") ?? String(type === "registry");
  if (push !== "true" && push !== "false") throw bad(text, "push is true or false");
  const names = (fields.get("name") ?? "").split(",").filter(Boolean);
  return {
    type: push === "true" ? "registry" : "image",
    ...(names.length > 0 && { names }),
    ...compressionOf(fields, { type, text }),
  };
}

/** Separated by commas; a field in quotes may have some: `type=registry,"name=a,b"`. */
function fieldsOf(text: string): readonly string[] {
  const fields = text.match(/"[^"]*"|[^,]+/g) ?? [];
  return fields.map((field) => field.replace(/^"(.*)"$/s, "$1"));
}

function splitField(field: string, text: string): readonly [string, string] {
  const at = field.indexOf("=");
  if (at < 0) throw bad(text, `${JSON.stringify(field)} has no value`);
  const key = field.slice(0, at).trim();
  return [/^annotation[-[.]/.test(key) ? key : key.toLowerCase(), field.slice(at + 1)];
}

/** An image in the store or a registry is gzip, or has tables of contents; only there a level is of use. */
function compressionOf(
  fields: Fields,
  { type, text }: { readonly type: OutputRequest["type"]; readonly text: string },
): Pick<OutputRequest, "compression" | "compressionLevel"> {
  const known = COMPRESSIONS[type];
  const value = fields.get("compression");
  const compression = known.find((one) => one === value);
  if (value !== undefined && compression === undefined)
    throw bad(text, `compression is ${known.join(", ").replace(/, (\w+)$/, " or $1")}`);
  const level = fields.get("compression-level");
  const isImage = type === "image" || type === "registry";
  if (level !== undefined && isImage && compression !== "estargz")
    throw bad(text, "compression-level is for files, and for compression=estargz");
  return {
    ...(compression !== undefined && { compression }),
    ...(level !== undefined && { compressionLevel: levelOf(level, text) }),
  };
}

const FILE_COMPRESSIONS = ["gzip", "uncompressed", "estargz"] as const;
const ROOT_COMPRESSIONS = ["gzip", "uncompressed"] as const;
const IMAGE_COMPRESSIONS = ["gzip", "estargz"] as const;
const COMPRESSIONS: Readonly<
  Record<OutputRequest["type"], readonly NonNullable<OutputRequest["compression"]>[]>
> = {
  oci: FILE_COMPRESSIONS,
  docker: FILE_COMPRESSIONS,
  tar: ROOT_COMPRESSIONS,
  local: ROOT_COMPRESSIONS,
  image: IMAGE_COMPRESSIONS,
  registry: IMAGE_COMPRESSIONS,
};

function truthOf(key: string, value: string, text: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw bad(text, `${key} is true or false`);
}

function levelOf(value: string, text: string): number {
  if (/^[0-9]$/.test(value)) return Number(value);
  throw bad(text, "compression-level is a number from 0 to 9");
}

function bad(text: string, why: string): TareError {
  return new TareError("user-bad-flag", `invalid output ${JSON.stringify(text)}: ${why}`, {
    hint: "write -o type=docker,dest=image.tar, -o type=oci,dest=image.tar, -o type=tar,dest=root.tar, -o type=local,dest=FOLDER or -o type=registry,name=NAME",
  });
}
