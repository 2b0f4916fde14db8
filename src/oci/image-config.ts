import { isDigest, sha256, TareError } from "../base/index.ts";
import { isPlatform } from "./descriptor.ts";
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
  if (!valid) throw damaged(`${what} lacks a platform or layers`);
  if (!isPlatform(config)) throw damaged(`${what} has something odd as its platform`);
  const odd = oddField(config as Readonly<Record<string, unknown>>);
  if (odd !== undefined) throw damaged(`${what} has something odd as its ${odd}`);
  if (ids.length !== layers.length)
    throw damaged(`${what} has ${ids.length} layers, its manifest ${layers.length}`);
  return config as ImageConfig;
}

function damaged(message: string): TareError {
  return new TareError("integrity-archive", message, {
    hint: "the image is damaged, or none that can be run: build it again and push or save that",
  });
}

/** The first field whose value is of another kind than everybody who reads an image takes for granted. */
function oddField({ history, config }: Readonly<Record<string, unknown>>): string | undefined {
  if (!isAbsent(history) && !(Array.isArray(history) && history.every(isRecord))) return "history";
  if (isAbsent(config)) return undefined;
  if (!isRecord(config)) return "config";
  const { Env, Labels, Volumes, ExposedPorts } = config;
  if (!isAbsent(Env) && !(Array.isArray(Env) && Env.every((one) => typeof one === "string"))) return "Env";
  if (
    !isAbsent(Labels) &&
    !(isRecord(Labels) && Object.values(Labels).every((one) => typeof one === "string"))
  )
    return "Labels";
  return [Volumes, ExposedPorts].every((one) => isAbsent(one) || isRecord(one))
    ? undefined
    : "Volumes or ExposedPorts";
}

/** Go writes null for what is not there. */
function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
