import { TareError } from "../base/index.ts";
import { isShellProgram, RUN_ELSEWHERE } from "../dockerfile/index.ts";
import { lookup, type Tree } from "../tree/index.ts";

/** Of a shell that could not be started because the base has none: what to do. Any other error stays as it is. */
export async function explainMissingShell(
  error: unknown,
  [program]: readonly string[],
  tree: () => Promise<Tree>,
): Promise<unknown> {
  const isAbout = error instanceof TareError && error.code === "exec-not-found" && isShellProgram(program);
  if (!isAbout || program === undefined) return error;
  if (program.startsWith("/") && lookup(await tree(), program.slice(1)) !== undefined) return error;
  const message = `RUN needs ${program}, and what it stands on has no shell`;
  return new TareError(error.code, message, { ...error.facts, hint: RUN_ELSEWHERE, cause: error });
}
