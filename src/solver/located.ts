import { TareError, withFacts } from "../base/index.ts";
import type { Vertex } from "../graph/index.ts";
import type { SolveRequest } from "./session.ts";

/** The error of a step with the step's place in the Dockerfile, where one is known; other errors as they are. */
export function located({ locate }: Pick<SolveRequest, "locate">, vertex: Vertex, error: unknown): unknown {
  const location = locate(vertex);
  return location && error instanceof TareError ? withFacts(error, { location }) : error;
}
