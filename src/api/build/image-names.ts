import { GZIP_LEVEL } from "../../archive/index.ts";
import { defined, TareError } from "../../base/index.ts";
import { canonicalName, parseReference, withDefaultTag } from "../../oci/index.ts";
import type { BuildRequest, OutputRequest } from "./types.ts";

/** An output that is files, or the store's image. */
export interface FileOutput extends Omit<OutputRequest, "type" | "names" | "compression"> {
  readonly type: Exclude<OutputRequest["type"], "registry">;
  readonly compression?: "gzip" | "uncompressed";
}

type Requested = Pick<BuildRequest, "tags" | "outputs">;

/**
 * The names, complete, that the image has in the store, and those that it is pushed by. `user-bad-flag` when it is to be
 * pushed and has none, `user-bad-reference`.
 */
export function imageNames({ tags = [], outputs = [] }: Requested): {
  readonly names: readonly string[];
  readonly pushes: readonly string[];
} {
  const pushed = outputs.flatMap(({ type, names = [] }) => {
    if (type !== "registry") return [];
    if (names.length + tags.length > 0) return names.length > 0 ? names : tags;
    throw new TareError("user-bad-flag", "there is no name to push the image by", {
      hint: "add -t REGISTRY/NAME:TAG, or name=REGISTRY/NAME:TAG to the output",
    });
  });
  const given = [...tags, ...outputs.flatMap(({ names = [] }) => names)];
  return { names: complete(given), pushes: complete(pushed) };
}

/** The outputs that a build writes itself; what is pushed is pushed from the store. */
export function fileOutputs({ outputs = [] }: Requested): readonly FileOutput[] {
  return outputs.flatMap(({ type, names: _names, compression, compressionLevel, ...output }) => {
    if (type === "registry") return [];
    // Then that is the form that layers have anyway.
    if (compression === "estargz") return [{ ...output, type, compression: "gzip" as const }];
    return [{ ...output, type, ...defined({ compression, compressionLevel }) }];
  });
}

/** How the layers of an image that is to have tables of contents are compressed: 0 to 9; undefined for any other one. */
export function estargzLevel({ outputs = [] }: Requested): number | undefined {
  const asked = outputs.filter(({ compression }) => compression === "estargz");
  return asked.length === 0
    ? undefined
    : (asked.find(({ compressionLevel }) => compressionLevel !== undefined)?.compressionLevel ?? GZIP_LEVEL);
}

function complete(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => canonicalName(withDefaultTag(parseReference(name)))))];
}
