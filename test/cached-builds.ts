import type { BuildRequest } from "../src/api/index.ts";
import { type Built, buildImage, folder } from "./harness.ts";

/** Two stages; the result of the first is not part of the image. */
const DOCKERFILE = `FROM scratch AS build
COPY src /src
COPY more /src/more
FROM scratch
COPY base /base
COPY --from=build /src/a /a
`;

/** The context of an application in two stages. */
export function context() {
  return folder({ Dockerfile: DOCKERFILE, "src/a": "a", "src/b": "b", more: "more", base: "base" });
}

/** A build in a store of its own. */
export async function buildIn(store: string, request: BuildRequest): Promise<Built> {
  return buildImage({ root: store, ...request });
}

/** What a build told on the way. */
export function notices({ events }: Built): readonly string[] {
  return events.flatMap((event) => (event.type === "notice" ? [`${event.code}: ${event.message}`] : []));
}

/** The caches that steps of a build came from, one for each step. */
export function sources({ events }: Built): readonly string[] {
  return events.flatMap((event) => (event.type === "step-imported" ? [event.source] : []));
}

/** The documents of a cache in a folder, as somebody might change them. */
export interface Documents {
  readonly index: { manifests: { digest: string; size: number; mediaType: string }[] };
  readonly manifest: {
    config: { digest: string; size: number; mediaType: string };
    layers: { digest: string; size: number }[];
  };
  readonly config: {
    layers: { diffId: string; size: number; tarSize: number }[];
    results: { key: string; layers: number[]; created: number[] }[];
    shortcuts: { from: string; to: string; fields: object }[];
  };
}
