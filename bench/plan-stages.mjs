// Prints how many seconds the library takes from reading a Dockerfile to its plan, in a process that has started:
// `node plan-stages.mjs CONTEXT`. The first call in a process, so nothing is compiled yet but what starting needs.
import { describeBuild } from "../dist/index.js";

const [context = "."] = process.argv.slice(2);
const start = performance.now();
await describeBuild({ context });
process.stdout.write(`${(performance.now() - start) / 1000}\n`);
