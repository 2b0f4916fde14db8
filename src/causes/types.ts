import type { AnalysedKind } from "../analysis/index.ts";
import type { LayerOrigin } from "../provenance/index.ts";

/**
 * Why something is in an image: `package`: a package manager or a recipe has put it there. `copy` and `run`: an instruction
 * (COPY and ADD, RUN). `composition`: a recipe itself: accounts, settings, links. `other`: whatever else a layer's history
 * says. `unexplained`: nothing says anything.
 */
export type CauseKind = "package" | "copy" | "run" | "composition" | "other" | "unexplained";

/** What made a layer. */
export interface LayerCause {
  readonly kind: Exclude<CauseKind, "package">;
  /** `COPY --from=build /app /app`, `composition of tare/python`; in the words of who built the image. */
  readonly title: string;
  /** Where it stands: `Dockerfile:7-9, stage app`. */
  readonly place?: string;
  /** What the build recorded, where it did. */
  readonly origin?: LayerOrigin;
}

/** Where all bytes of an image are from: the rows add up to the sum of the sizes of the files in all layers. */
export interface ImageWeight {
  readonly image: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of the kind `unexplained`. */
  readonly unexplained: number;
  /** The most bytes first. */
  readonly rows: readonly WeightRow[];
}

/** One cause, and what is there because of it. */
export interface WeightRow {
  readonly kind: CauseKind;
  /** `libc6 2.36-9+deb12u10`; as `LayerCause.title` else. */
  readonly title: string;
  readonly place?: string;
  /** Of a package. */
  readonly purl?: string;
  /** Numbers of layers from 0, in order. */
  readonly layers: readonly number[];
  /** Bytes, hidden ones too. */
  readonly size: number;
  /** Bytes that later layers replace or remove. */
  readonly hidden: number;
  /** Files, hidden ones too. */
  readonly files: number;
}

/** The answer for one path. Paths have no leading slash; the root is "". */
export type PathReason = FileReason | FolderReason | MissingReason;

/** Why a file, a link or a node is there. */
export interface FileReason {
  readonly found: "file";
  /** As it was asked for, or as a pattern matches. */
  readonly asked: string;
  /** Where it really is. */
  readonly path: string;
  readonly kind: AnalysedKind;
  readonly size: number;
  readonly layer: LayerFacts;
  readonly package?: PackageReason;
  /** What a symbolic link says. */
  readonly link?: string;
  /** What a symbolic link leads to; absent where there is nothing. */
  readonly target?: FileReason;
  /** What lower layers had at this path, the lowest first. */
  readonly replaced: readonly { readonly layer: number; readonly size: number }[];
  readonly needs?: FileNeeds;
  /** Where it was before it was copied here, from stage to stage, the last first; absent where the build is not known here. */
  readonly before?: readonly EarlierStep[];
  /**
   * The file of a build context that the first of these steps, or the layer itself, has copied it from; several where only
   * one of them can be it.
   */
  readonly context?: readonly string[];
}

/** A step of a build that made a file, or copied it, before it came into the image. */
export interface EarlierStep {
  /** `RUN make`, `COPY src /src`, `FROM debian:13`. */
  readonly title: string;
  /** `Dockerfile:7, stage build`. */
  readonly place?: string;
  /** Where the file was then. */
  readonly path: string;
  /** What brought it there, where a package manager did. */
  readonly package?: Pick<PackageReason, "type" | "name" | "version" | "purl">;
}

export interface FolderReason {
  readonly found: "folder";
  readonly asked: string;
  readonly path: string;
  /** What is below it and can be seen. */
  readonly size: number;
  readonly files: number;
  /** As in an image's weight, of what can be seen. */
  readonly rows: readonly WeightRow[];
}

/** There is no such path. */
export interface MissingReason {
  readonly found: "nothing";
  readonly asked: string;
  readonly path: string;
  /** A lower layer has it, and this one removes it. */
  readonly removed?: { readonly from: LayerFacts; readonly by: LayerFacts; readonly size: number };
  /** Paths that may be meant. */
  readonly near: readonly string[];
}

/** A layer, and what made it. */
export interface LayerFacts extends LayerCause {
  /** From 0. */
  readonly number: number;
  readonly diffId?: string;
}

export interface PackageReason {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly source?: string;
  /** The recipe that names the packages which chains begin with; absent: chains begin with packages that no other needs. */
  readonly recipe?: string;
  /** The shortest ways to it, each from a named package; a way of one for a package that is named. */
  readonly chains: readonly (readonly string[])[];
}

/** Who needs a file so that it can start or load. */
export interface FileNeeds {
  /** Files that name it themselves. */
  readonly neededBy: readonly { readonly path: string; readonly name: string; readonly how: string }[];
  /** Programs that do not start without, directly or not; scripts, too. */
  readonly programs: readonly string[];
  /** The shortest way from a file that nobody needs. */
  readonly chain: readonly string[];
}
