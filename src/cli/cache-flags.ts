import { type CacheSource, type CacheTarget, type CacheTargetOptions, TareError } from "../api/index.ts";
import type { Flag } from "./flags.ts";

/** Caches that travel between machines, with BuildKit's names of options. */
export const cacheFlags: readonly Flag[] = [
  {
    name: "cache-from",
    type: "list",
    value: "NAME|type=T,…",
    description: "cache to take results from: a NAME, type=registry,ref=NAME, type=local,src=FOLDER",
  },
  {
    name: "cache-to",
    type: "list",
    value: "type=T,…",
    description: "cache to write: type=registry,ref=NAME, type=local,dest=FOLDER (mode=max), type=inline",
  },
];

/** `--cache-from IMAGE`, `type=registry,ref=NAME`, `type=local,src=FOLDER[,tag=TAG|,digest=DIGEST]`. */
export function parseCacheSource(text: string): CacheSource {
  const fields = readFields("cache-from", text);
  const type = fields.take("type") ?? fields.refuse("type is missing");
  switch (type) {
    case "registry": {
      const ref = fields.need("ref");
      refuseInsecure(fields);
      fields.end();
      return { type, ref };
    }
    case "local": {
      const src = fields.need("src");
      const [tag, digest] = [fields.take("tag"), fields.take("digest")];
      fields.end();
      return { type, src, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
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
  const type = fields.take("type") ?? fields.refuse("type is missing");
  switch (type) {
    case "registry": {
      const ref = fields.need("ref");
      const options = targetOptions(fields);
      refuseInsecure(fields);
      fields.end();
      return { type, ref, ...options };
    }
    case "local": {
      const dest = fields.need("dest");
      const tag = fields.take("tag");
      const options = targetOptions(fields);
      fields.end();
      return { type, dest, ...(tag !== undefined && { tag }), ...options };
    }
    case "inline":
      fields.takeOne("mode", ["min"], "an image has room for its own layers only; use type=registry");
      fields.end();
      return { type };
    default:
      return refuseType(fields, type, "registry, local or inline");
  }
}

function targetOptions(fields: Fields): CacheTargetOptions {
  const mode = fields.takeOne("mode", ["min", "max"], "mode is min or max");
  const ignoreError = fields.takeOne("ignore-error", ["true", "false"], "ignore-error is true or false");
  fields.takeOne("image-manifest", ["true"], "a cache is always an image manifest");
  fields.takeOne("oci-mediatypes", ["true"], "a cache always has OCI media types");
  fields.takeOne("compression", ["gzip"], "compression is gzip");
  return {
    ...(mode !== undefined && { mode }),
    ...(ignoreError !== undefined && { ignoreError: ignoreError === "true" }),
  };
}

function refuseInsecure(fields: Fields): void {
  fields.takeOne("registry.insecure", ["false"], "set TARE_INSECURE_REGISTRIES=HOST instead");
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
      hint: `write --${flag} type=registry,ref=REGISTRY/NAME:TAG, or type=local,${flag === "cache-to" ? "dest" : "src"}=FOLDER`,
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
