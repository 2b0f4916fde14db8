import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Frees what is dead at this moment. For the one place where a hundred megabytes of buffers have just become
 * garbage and as much is about to be allocated: left alone, V8 holds both at once.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  collect();
}
