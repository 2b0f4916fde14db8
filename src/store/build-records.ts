import { type Digest, hexOf, isDigest } from "../base/index.ts";
import { quickRecords } from "./records.ts";

/** How an image was built here: its stages and steps with times and sizes. Small, and lost without harm. */
export interface BuildRecord {
  readonly version: 1;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** How long the build took, milliseconds. */
  readonly took: number;
  /** Those that the image needed, in the order of the Dockerfile; the image is the last one's. */
  readonly stages: readonly BuildStage[];
  /** Every step after those that it stands on. */
  readonly steps: readonly BuildStep[];
}

export interface BuildStage {
  /** As in the Dockerfile, else `stage-N`. */
  readonly name: string;
  /** What its FROM says. */
  readonly base: string;
  /** Sum of the sizes of the files in its layers, bytes; absent when its result was not in the store any more. */
  readonly size?: number;
  /** Of these, what is neither in the image as a layer nor was copied out of the stage. */
  readonly leftBehind?: number;
  /** What it takes from other stages. */
  readonly uses: readonly StageUse[];
}

export interface StageUse {
  /** Number in `stages`. */
  readonly stage: number;
  /** `base`: FROM it; `copy`: COPY --from; `mount`: for the time of a RUN. */
  readonly how: "base" | "copy" | "mount";
  /** What copies took, bytes. */
  readonly size?: number;
}

export interface BuildStep {
  readonly name: string;
  /** Number in `stages`; absent in what belongs to none, such as the build context. */
  readonly stage?: number;
  /** Numbers in `steps`. */
  readonly inputs: readonly number[];
  readonly outcome: "done" | "cached";
  /** Milliseconds after the build's start; absent in a cached step. */
  readonly startedAt?: number;
  /** Milliseconds; of a cached step the time that it took when it ran, where that is known. */
  readonly took?: number;
  /** Bytes of the files in the layers that it added. */
  readonly size?: number;
  /** Why it had to run. */
  readonly reason?: string;
  /** Whether the build would have been over sooner if it had been faster. */
  readonly critical?: true;
  /** The first and the last line of its instruction, from 1. */
  readonly lines?: readonly [first: number, last: number];
  /** Ids of the layers that it added; absent when its result was not in the store any more. */
  readonly added?: readonly string[];
  /** Of a step that others copy from: ids of all layers of its result, bottom first. */
  readonly result?: readonly string[];
  /** What it copies, in order. */
  readonly copies?: readonly StepCopy[];
}

/** A copy as the graph has it. */
export interface StepCopy {
  /** Number in `steps`: where the sources are. */
  readonly input: number;
  /** Absolute there. */
  readonly source: string;
  readonly wildcard: boolean;
  /** Absolute; a trailing `/` asks for a directory. */
  readonly destination: string;
  readonly exclude: readonly string[];
  readonly include?: readonly string[];
  /** Whether an archive is unpacked, as ADD does. */
  readonly unpack?: true;
}

/** The records of builds, one an image. */
export interface BuildRecords {
  /** Undefined for an image that was pulled or loaded, and when the record is damaged. */
  get(image: Digest): Promise<BuildRecord | undefined>;
  put(image: Digest, record: BuildRecord): Promise<void>;
  remove(image: Digest): Promise<void>;
  list(): Promise<readonly Digest[]>;
}

export function openBuildRecords(folder: string, tmp: string): BuildRecords {
  const records = quickRecords(folder, tmp);
  return {
    async get(image) {
      const record = await records.get(hexOf(image));
      return isBuildRecord(record) ? record : undefined;
    },
    put: (image, record) => records.put(hexOf(image), record),
    remove: (image) => records.remove(hexOf(image)),
    list: async () => (await records.names()).map((name) => `sha256:${name}`).filter(isDigest),
  };
}

/** Whether everything that a reader counts on is there: numbers that are places lead somewhere. */
function isBuildRecord(value: unknown): value is BuildRecord {
  const { version, startedAt, took, stages, steps } = (value ?? {}) as Partial<BuildRecord>;
  if (version !== 1 || !isSize(startedAt) || !isSize(took)) return false;
  if (!Array.isArray(stages) || !Array.isArray(steps)) return false;
  return (
    stages.every((stage) => isStage(stage, stages)) && steps.every((step) => isStep(step, { stages, steps }))
  );
}

function isStage(value: unknown, stages: readonly unknown[]): boolean {
  const { name, base, size, leftBehind, uses } = (value ?? {}) as Partial<BuildStage>;
  if (typeof name !== "string" || typeof base !== "string" || !Array.isArray(uses)) return false;
  if (!isSize(size ?? 0) || !isSize(leftBehind ?? 0)) return false;
  return uses.every((use: Partial<StageUse> | null) => {
    const { stage, how, size: taken } = use ?? {};
    return isPlace(stage, stages) && typeof how === "string" && isSize(taken ?? 0);
  });
}

function isStep(
  value: unknown,
  { stages, steps }: { readonly stages: readonly unknown[]; readonly steps: readonly unknown[] },
): boolean {
  const { name, stage, inputs, outcome, startedAt, took, size, reason } = (value ?? {}) as Partial<BuildStep>;
  if (typeof name !== "string" || (outcome !== "done" && outcome !== "cached")) return false;
  if (stage !== undefined && !isPlace(stage, stages)) return false;
  if (!Array.isArray(inputs) || !inputs.every((input) => isPlace(input, steps))) return false;
  if (reason !== undefined && typeof reason !== "string") return false;
  return [startedAt, took, size].every((number) => isSize(number ?? 0)) && isOrigin(value as object, steps);
}

/** What tells where files are from. */
function isOrigin(
  { lines = [1, 1], added = [], result = [], copies = [] }: Partial<BuildStep>,
  steps: readonly unknown[],
): boolean {
  return (
    Array.isArray(lines) &&
    lines.every(isSize) &&
    [added, result].every(isTexts) &&
    Array.isArray(copies) &&
    copies.every((copy: Partial<StepCopy> | null) => {
      const { input, source, destination, exclude, include = [] } = copy ?? {};
      const isNamed = typeof source === "string" && typeof destination === "string";
      return isPlace(input, steps) && isNamed && isTexts(exclude) && isTexts(include);
    })
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isPlace(value: unknown, list: readonly unknown[]): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < list.length;
}
