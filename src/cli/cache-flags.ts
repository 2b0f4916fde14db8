import { type CacheMountsTarget, type CacheSource, type CacheTarget, TareError } from "../api/index.ts";
import type { Flag } from "./flags.ts";

/** Caches that travel between machines, with BuildKit's names of options. */
export const cacheFlags: readonly Flag[] = [
  {
    name: "cache-from",
    type: "list",
    value: "SPEC",
    description: "cache to take results from: a NAME, type=registry,ref=NAME, type=local,src=FOLDER",
  },
  {
    name: "cache-to",
    type: "list",
    value: "SPEC",
    description: "cache to write: type=registry,ref=NAME, type=local,dest=FOLDER (mode=max), type=inline",
  },
  {
    name: "cache-mounts-from",
    type: "list",
    value: "SPEC",
    description: "what new cache mounts begin with: type=registry,ref=NAME, type=local,src=FOLDER",
  },
  {
    name: "cache-mounts-to",
    type: "list",
    value: "SPEC",
    description: "where cache mounts are written: type=registry,ref=NAME, type=local,dest=FOLDER",
  },
];

/** `--cache-from IMAGE`, `type=registry,ref=NAME`, `type=local,src=FOLDER[,tag=TAG|,digest=DIGEST]`. */
export function parseCacheSource(
  text: string,
  flag: "cache-from" | "cache-mounts-from" = "cache-from",
): CacheSource {
  const fields = readFields(flag, text);
  const source = sourceOf(fields);
  fields.end();
  return source;
}

function sourceOf(fields: Fields): CacheSource {
  const type = typeOf(fields);
  switch (type) {
    case "registry":
      return { type, ref: registryOf(fields) };
    case "local": {
      const src = fields.need("src");
      return { type, src, ...given(fields, "tag"), ...given(fields, "digest") };
    }
    case "inline":
      return fields.refuse("an inline cache is in its image: write --cache-from IMAGE");
    default:
      return refuseType(fields, type, "registry or local");
  }
}

/** `--cache-to type=registry,ref=NAME[,mode=max]`, `type=local,dest=FOLDER[,tag=TAG]`, `type=inline`. */
export function parseCacheTarget(text: string): CacheTarget {
  const fields = readFields("cache-to", text);
  const type = typeOf(fields);
  const target =
    type === "inline" ? inlineOf(fields) : { ...placeOf(fields, type, KINDS), ...modeOf(fields) };
  fields.end();
  return target;
}

/** `--cache-mounts-to type=registry,ref=NAME`, `type=local,dest=FOLDER[,tag=TAG]`. */
export function parseMountsTarget(text: string): CacheMountsTarget {
  const fields = readFields("cache-mounts-to", text);
  const target = placeOf(fields, typeOf(fields), "registry or local");
  fields.end();
  return target;
}

const KINDS = "registry, local or inline";

function typeOf(fields: Fields): string {
  return fields.take("type") ?? fields.refuse("type is missing");
}

function inlineOf(fields: Fields): CacheTarget {
  fields.takeOne("mode", ["min"], "an image has room for its own layers only; use type=registry");
  return { type: "inline" };
}

function modeOf(fields: Fields): { readonly mode?: "min" | "max" } {
  const mode = fields.takeOne("mode", ["min", "max"], "mode is min or max");
  return mode === undefined ? {} : { mode };
}

function placeOf(fields: Fields, type: string, known: string): CacheMountsTarget {
  switch (type) {
    case "registry":
      return { type, ref: registryOf(fields), ...targetOptions(fields) };
    case "local": {
      const dest = fields.need("dest");
      return { type, dest, ...given(fields, "tag"), ...targetOptions(fields) };
    }
    default:
      return refuseType(fields, type, known);
  }
}

function targetOptions(fields: Fields): Pick<CacheMountsTarget, "ignoreError"> {
  const ignoreError = fields.takeOne("ignore-error", ["true", "false"], "ignore-error is true or false");
  fields.takeOne("image-manifest", ["true"], "a cache is always an image manifest");
  fields.takeOne("oci-mediatypes", ["true"], "a cache always has OCI media types");
  fields.takeOne("compression", ["gzip"], "compression is gzip");
  return ignoreError === undefined ? {} : { ignoreError: ignoreError === "true" };
}

function registryOf(fields: Fields): string {
  fields.takeOne("registry.insecure", ["false"], "set TARE_INSECURE_REGISTRIES=HOST instead");
  return fields.need("ref");
}

/** An option that may be missing. */
function given<K extends string>(fields: Fields, name: K): { readonly [N in K]?: string } {
  const value = fields.take(name);
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: string };
}

function refuseType(fields: Fields, type: string, known: string): never {
  const elsewhere = ["gha", "s3", "azblob"].includes(type);
  return fields.refuse(elsewhere ? `type=${type} is not done: use a registry` : `type is ${known}`);
}

/** The options of one flag, each taken once. */
interface Fields {
  take(name: string): string | undefined;
  need(name: string): string;
  takeOne<T extends string>(name: string, values: readonly T[], why: string): T | undefined;
  /** Refuses what nobody has taken. */
  end(): void;
  refuse(why: string): never;
}

function readFields(flag: string, text: string): Fields {
  const refuse = (why: string): never => {
    throw new TareError("user-bad-flag", `invalid --${flag} ${JSON.stringify(text)}: ${why}`, {
      hint: `write --${flag} type=registry,ref=REGISTRY/NAME:TAG, or type=local,${flag.endsWith("-to") ? "dest" : "src"}=FOLDER`,
    });
  };
  const left = new Map<string, string>();
  for (const field of text.includes("=") ? text.split(",") : ["type=registry", `ref=${text}`]) {
    const at = field.indexOf("=");
    const name = field.slice(0, at).trim().toLowerCase();
    if (at < 0) refuse(`${JSON.stringify(field)} has no value`);
    if (left.has(name)) refuse(`${name} is there twice`);
    left.set(name, field.slice(at + 1));
  }
  const take = (name: string) => {
    const value = left.get(name);
    left.delete(name);
    return value;
  };
  return {
    take,
    refuse,
    need: (name) => take(name) || refuse(`${name} is missing`),
    takeOne(name, values, why) {
      const value = take(name);
      const found = values.find((one) => one === value);
      return value === undefined || found !== undefined ? found : refuse(why);
    },
    end() {
      const [unknown] = left.keys();
      if (unknown !== undefined) refuse(`${unknown} is not known or not done yet`);
    },
  };
}
