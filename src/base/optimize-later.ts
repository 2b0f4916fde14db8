import { setFlagsFromString } from "node:v8";

/**
 * From now on V8 compiles a function with all its optimizations when it has run some four times as long as usual. For a
 * second of work that is spread over hundreds of functions: compiling them takes a tenth of the processors' time, and what
 * comes of it runs for the rest of that second. A loop that goes on is compiled a moment later.
 */
export function optimizeLater(): void {
  setFlagsFromString("--interrupt-budget=500000");
}
