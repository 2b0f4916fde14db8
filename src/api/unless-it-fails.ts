import { TareError } from "../base/index.ts";

/** Of something that nobody has to have: undefined in place of what went wrong with it. */
export async function unlessItFails<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}
