import { isDigest, sha256, TareError } from "../base/index.ts";
import type { ImageConfig } from "./types.ts";

/** The config of an image, as far as it is relied on here: `integrity-archive` when it is not what it should be. */
export function parseImageConfig(bytes: Uint8Array, layers: { readonly length: number }): ImageConfig {
  const what = `image config ${sha256(bytes)}`;
  const config = parsed(bytes) as Partial<ImageConfig> | undefined;
  const ids: unknown = config?.rootfs?.diff_ids;
  const valid =
    typeof config?.os === "string" &&
    typeof config.architecture === "string" &&
    Array.isArray(ids) &&
    ids.every((id) => typeof id === "string" && isDigest(id));
  if (!valid) throw new TareError("integrity-archive", `${what} lacks a platform or layers`);
  if (ids.length !== layers.length)
    throw new TareError(
      "integrity-archive",
      `${what} has ${ids.length} layers, its manifest ${layers.length}`,
      { hint: "the image is damaged: push it again" },
    );
  return config as ImageConfig;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
