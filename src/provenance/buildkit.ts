import type { Digest } from "../base/index.ts";
import { listOf, objectOf, wordOf } from "./facts.ts";
import { statementAbout } from "./in-toto.ts";

/** What BuildKit says of an image's layers: which lines of which Dockerfile, or which image, made them. */
export interface BuildKitFacts {
  readonly dockerfiles: readonly { readonly file: string; readonly source: string }[];
  /** Bottom first, one for each layer; null where it says nothing. */
  readonly layers: readonly (BuildKitLayer | null)[];
}

export interface BuildKitLayer {
  /** Place in `dockerfiles`. */
  readonly dockerfile?: number;
  /** From 1. */
  readonly lines?: readonly [first: number, last: number];
  /** The image that brought it: `docker.io/library/golang:1.24`. */
  readonly image?: string;
}

/**
 * Reads what BuildKit attaches with `provenance=mode=max`: SLSA's provenance v0.2 and v1 with the metadata of its own
 * (buildkit, docs/attestations/slsa-definitions.md): the graph, the places of its steps in the Dockerfile, and the layers
 * that each step came to. Undefined for a statement about another image, or without such facts, as one of `mode=min` is.
 */
export function readBuildKit(
  bytes: Uint8Array,
  { subject, layers }: { readonly subject: Digest; readonly layers: readonly Digest[] },
): BuildKitFacts | undefined {
  const predicate = statementAbout(bytes, { subject, types: [V1, V02] });
  const metadata = metadataOf(predicate);
  const steps = stepsOf(predicate);
  if (!metadata || !steps || layers.length > MOST) return undefined;
  const source = objectOf(metadata.source);
  const chains = chainsOf(metadata.layers);
  const found = layers.map((_layer, at) => {
    const step = makerOf(layers.slice(0, at + 1), chains);
    return step === undefined ? null : layerOf(step, { steps, locations: objectOf(source?.locations) });
  });
  if (found.every((layer) => layer === null)) return undefined;
  return { dockerfiles: listOf(source?.infos).map(fileOf), layers: found };
}

const V1 = "https://slsa.dev/provenance/v1";
const V02 = "https://slsa.dev/provenance/v0.2";
const MOST = 1000;

type Fields = Readonly<Record<string, unknown>>;

function metadataOf(predicate: Fields | undefined): Fields | undefined {
  const one = objectOf(objectOf(objectOf(predicate?.runDetails)?.metadata)?.buildkit_metadata);
  return one ?? objectOf(objectOf(predicate?.metadata)?.["https://mobyproject.org/buildkit@v1#metadata"]);
}

/** The operations of the graph by their ids. */
function stepsOf(predicate: Fields | undefined): ReadonlyMap<string, Fields> | undefined {
  const internal = objectOf(objectOf(predicate?.buildDefinition)?.internalParameters);
  const config = objectOf(internal?.buildConfig) ?? objectOf(predicate?.buildConfig);
  const steps = listOf(config?.llbDefinition).flatMap((item) => {
    const { id, op } = objectOf(item) ?? {};
    const inner = objectOf(objectOf(op)?.Op);
    return typeof id === "string" && inner ? [[id, inner] as const] : [];
  });
  return steps.length > 0 ? new Map(steps) : undefined;
}

interface Chain {
  readonly step: string;
  readonly digests: readonly unknown[];
}

/** `step4:0` has lists of descriptors, one for each way in which its layers are compressed; shorter ones first. */
function chainsOf(layers: unknown): readonly Chain[] {
  const chains = Object.entries(objectOf(layers) ?? {}).flatMap(([output, lists]) =>
    listOf(lists).map((list) => ({
      step: output.replace(/:\d+$/, ""),
      digests: listOf(list).map((one) => objectOf(one)?.digest),
    })),
  );
  const number = ({ step }: Chain) => Number(/\d+$/.exec(step)?.[0] ?? 0);
  return chains.sort((a, b) => a.digests.length - b.digests.length || number(a) - number(b));
}

/** The step that came to these layers, or the first one that came to more on top of them, as a base image does. */
function makerOf(layers: readonly Digest[], chains: readonly Chain[]): string | undefined {
  return chains.find(
    ({ digests }) => digests.length >= layers.length && layers.every((digest, at) => digests[at] === digest),
  )?.step;
}

function layerOf(
  step: string,
  {
    steps,
    locations,
  }: { readonly steps: ReadonlyMap<string, Fields>; readonly locations: Fields | undefined },
): BuildKitLayer | null {
  const identifier = wordOf(objectOf(steps.get(step)?.source)?.identifier);
  const [place] = listOf(objectOf(locations?.[step])?.locations);
  const { sourceIndex = 0, ranges } = objectOf(place) ?? {};
  const numbers = listOf(ranges).flatMap((range) => {
    const { start, end } = objectOf(range) ?? {};
    return [objectOf(start)?.line, objectOf(end)?.line].filter(
      (line): line is number => Number.isSafeInteger(line) && (line as number) > 0,
    );
  });
  const found: BuildKitLayer = {
    ...(identifier !== undefined && { image: imageName(identifier) }),
    ...(numbers.length > 0 &&
      typeof sourceIndex === "number" && {
        dockerfile: sourceIndex,
        lines: [Math.min(...numbers.slice(0, MOST)), Math.max(...numbers.slice(0, MOST))],
      }),
  };
  return Object.keys(found).length > 0 ? found : null;
}

/** `docker-image://docker.io/library/golang:1.24@sha256:…` without what only programs read. */
function imageName(identifier: string): string {
  return identifier.replace(/^[a-z-]+:\/\//, "").replace(/@sha256:[0-9a-f]{64}$/, "");
}

function fileOf(info: unknown): BuildKitFacts["dockerfiles"][number] {
  const { filename, data } = objectOf(info) ?? {};
  const source = typeof data === "string" ? Buffer.from(data, "base64").toString("utf8") : "";
  return { file: wordOf(filename) ?? "Dockerfile", source };
}
