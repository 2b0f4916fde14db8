import { resolve } from "node:path";
import { TareError } from "../base/index.ts";
import { parseReference } from "../oci/index.ts";
import type { CacheLocation, ParsedDocument } from "../remote-cache/index.ts";
import type { CacheSource, CacheTarget } from "./cache-types.ts";
import type { BuildRequest } from "./types.ts";

/** A cache that was read: its records, and where its layers are. */
export interface ImportedDocument extends ParsedDocument {
  readonly location: CacheLocation;
}

/** A cache to write. */
export interface CacheExport {
  readonly location: CacheLocation;
  readonly mode: "min" | "max";
  readonly ignoreError: boolean;
}

/** What a job knows of caches elsewhere. */
export interface CacheJob {
  readonly cacheFrom: readonly CacheLocation[];
  readonly cacheTo: readonly CacheExport[];
  /** Whether the image has records of itself in its config. */
  readonly inlineCache: boolean;
  /** What `cacheFrom` has turned out to be, once it was read. */
  readonly imported?: readonly ImportedDocument[];
}

/** Settles where caches are: names are complete, paths whole. */
export function cacheJob({ cacheFrom = [], cacheTo = [] }: BuildRequest): CacheJob {
  return {
    cacheFrom: cacheFrom.map(sourceLocation),
    cacheTo: cacheTo.flatMap((target) =>
      target.type === "inline"
        ? []
        : [
            {
              location: targetLocation(target),
              mode: target.mode ?? "min",
              ignoreError: target.ignoreError ?? false,
            },
          ],
    ),
    inlineCache: cacheTo.some(({ type }) => type === "inline"),
  };
}

function sourceLocation(source: CacheSource): CacheLocation {
  if (source.type === "registry") return { type: "registry", reference: parseReference(source.ref) };
  const { src, digest, tag = "latest" } = source;
  return { type: "local", path: resolve(src), name: digest ?? tag };
}

function targetLocation(target: Exclude<CacheTarget, { type: "inline" }>): CacheLocation {
  if (target.type === "local")
    return { type: "local", path: resolve(target.dest), name: target.tag ?? "latest" };
  const reference = parseReference(target.ref);
  if (reference.digest === undefined) return { type: "registry", reference };
  throw new TareError("user-bad-reference", `${target.ref}: a cache is written to a tag, not to a digest`, {
    hint: "write --cache-to type=registry,ref=NAME:TAG",
  });
}
