import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { lazy } from "./lazy.ts";

const collector = lazy(() => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options?: { readonly type: "minor" }) => void;
  setFlagsFromString("--no-expose-gc");
  return collect;
});

/**
 * Frees what is dead at this moment. For the one place where a hundred megabytes of buffers have just become
 * garbage and as much is about to be allocated: left alone, V8 holds both at once.
 */
export function collectGarbage(): void {
  collector()();
}

/** Bytes that may pass before what they were in is freed. */
const PASSED = 8 << 20;
/** Of all streams: garbage is the process's. */
let passed = 0;

let isSooner = false;

/**
 * Buffers that outlive two small collections are old, and of a small heap V8 begins to collect everything each time such ones
 * have come to a few megabytes: in a push every fifth moment of a processor went there.
 */
const collectLater = lazy(() => {
  if (!isSooner) setFlagsFromString("--heap-growing-percent=200");
});

/**
 * The same bytes, of a large blob on its way. A chunk is dead as soon as the next one is asked for, but V8 counts what it
 * keeps of itself and not what such buffers hold: left alone, dozens of megabytes of them wait for it.
 */
export async function* withoutGarbage(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    passed += chunk.length;
    if (passed >= PASSED) {
      passed = 0;
      collectLater();
      collector()({ type: "minor" });
    }
    yield chunk;
  }
}

/**
 * From now on garbage is collected once there is a third as much of it as of what lives. For whoever is about to keep
 * hundreds of thousands of small objects: left alone, V8 waits for as much again. It costs a tenth of the time.
 */
export function collectSooner(): void {
  isSooner = true;
  setFlagsFromString("--heap-growing-percent=30");
}
