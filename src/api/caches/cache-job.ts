import { resolve } from "node:path";
import { TareError } from "../../base/index.ts";
import { parseReference } from "../../oci/index.ts";
import type { CacheLocation, LocatedMount, ParsedDocument } from "../../remote-cache/index.ts";
import { isTrue } from "../build/given-values.ts";
import type { BuildRequest } from "../build/types.ts";
import type { CacheMountsTarget, CacheSource } from "./cache-types.ts";

/** A cache that was read: its records, and where its layers are. */
export interface ImportedDocument extends ParsedDocument {
  readonly location: CacheLocation;
}

/** An artifact of cache mounts that was read. */
export interface ImportedMounts {
  readonly location: CacheLocation;
  readonly mounts: readonly LocatedMount[];
}

/** Where something is to be written. */
export interface ExportLocation {
  readonly location: CacheLocation;
  readonly ignoreError: boolean;
}

/** A cache to write. */
export interface CacheExport extends ExportLocation {
  readonly mode: "min" | "max";
}

/** What a job knows of caches elsewhere. */
export interface CacheJob {
  readonly cacheFrom: readonly CacheLocation[];
  readonly cacheTo: readonly CacheExport[];
  /** Whether the image has records of itself in its config. */
  readonly inlineCache: boolean;
  /** What `cacheFrom` has turned out to be, once it was read. */
  readonly imported?: readonly ImportedDocument[];
  readonly cacheMountsFrom: readonly CacheLocation[];
  readonly cacheMountsTo: readonly ExportLocation[];
  /** What `cacheMountsFrom` has turned out to be. */
  readonly importedMounts?: readonly ImportedMounts[];
}

/** Settles where caches are: names are complete, paths whole. */
export function cacheJob(request: BuildRequest): CacheJob {
  const { cacheFrom = [], cacheTo = [], cacheMountsFrom = [], cacheMountsTo = [], buildArgs = {} } = request;
  return {
    cacheFrom: cacheFrom.map(sourceLocation),
    cacheTo: cacheTo.flatMap((target) =>
      target.type === "inline" ? [] : [{ ...exportLocation(target), mode: target.mode ?? "min" }],
    ),
    // Docker's older way to ask for an inline cache is a build argument.
    inlineCache: cacheTo.some(({ type }) => type === "inline") || isTrue(buildArgs.BUILDKIT_INLINE_CACHE),
    cacheMountsFrom: cacheMountsFrom.map(sourceLocation),
    cacheMountsTo: cacheMountsTo.map(exportLocation),
  };
}

function exportLocation(target: CacheMountsTarget): ExportLocation {
  return { location: targetLocation(target), ignoreError: target.ignoreError ?? false };
}

function sourceLocation(source: CacheSource): CacheLocation {
  if (source.type === "registry") return { type: "registry", reference: parseReference(source.ref) };
  const { src, digest, tag = "latest" } = source;
  return { type: "local", path: resolve(src), name: digest ?? tag };
}

function targetLocation(target: CacheMountsTarget): CacheLocation {
  if (target.type === "local")
    return { type: "local", path: resolve(target.dest), name: target.tag ?? "latest" };
  const reference = parseReference(target.ref);
  if (reference.digest === undefined) return { type: "registry", reference };
  throw new TareError("user-bad-reference", `${target.ref}: a cache is written to a tag, not to a digest`, {
    hint: "write --cache-to type=registry,ref=NAME:TAG",
  });
}
