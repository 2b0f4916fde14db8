import { type Annotation, TareError } from "../api/index.ts";
import { ANNOTATED, parsePlatform, platformOf } from "../oci/index.ts";
import type { Flag } from "./flags.ts";

export const annotationFlag: Flag = {
  name: "annotation",
  type: "list",
  value: "[TYPE:]K=V",
  description: "annotation; TYPE: manifest, index or one of their descriptors, with [OS/ARCH]",
};

/** `manifest[linux/amd64],index:key=value`, as buildx reads it: one for each type. `user-bad-flag`. */
export function parseAnnotation(text: string): readonly Annotation[] {
  const at = text.indexOf("=");
  if (at < 0) throw bad(`invalid annotation ${JSON.stringify(text)}, expected key=value`);
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  const colon = name.indexOf(":");
  const key = name.slice(colon + 1);
  if (key === "") throw bad(`invalid annotation ${JSON.stringify(text)}, the key is empty`);
  const places = colon < 0 ? ["manifest"] : name.slice(0, colon).split(",");
  return places.map((place) => ({ ...parsePlace(place), key, value }));
}

/**
 * The same as a key of an output has it: `annotation.key`, `annotation-manifest[linux/amd64].key`. Undefined for a key that
 * is no annotation's.
 */
export function annotationOfKey(name: string, value: string): Annotation | undefined {
  const [, type = "", platform = "", key] =
    /^annotation(?:-([a-z-]+))?(\[[^\]]*\])?\.(\S+)$/.exec(name) ?? [];
  if (key === undefined) return undefined;
  return { ...parsePlace(`${type || "manifest"}${platform}`), key, value };
}

function parsePlace(text: string): Pick<Annotation, "on" | "platform"> {
  const [, type, platform] = /^([a-z-]+)(?:\[([A-Za-z0-9_/.-]+)\])?$/.exec(text) ?? [];
  if (type === undefined)
    throw bad(`invalid annotation type, expected type[platform]: ${JSON.stringify(text)}`);
  const on = ANNOTATED.find((known) => known === type);
  if (!on) throw bad(`unknown annotation type ${JSON.stringify(type)}`);
  if (platform === undefined) return { on };
  if (on.startsWith("index")) throw bad(`an index is of all platforms: ${JSON.stringify(text)}`);
  return { on, platform: parsePlatform(platform, platformOf(process.arch)) };
}

function bad(message: string): TareError {
  return new TareError("user-bad-flag", message, {
    hint: `write KEY=VALUE, or TYPE:KEY=VALUE with one of ${ANNOTATED.join(", ")}, perhaps with [OS/ARCH] behind manifest`,
  });
}
