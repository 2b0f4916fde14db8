// Starts one of Tare's programs: `node start.cjs NAME ARGUMENT…` runs dist/NAME.cjs. Beside it lies the machine code
// that V8 made of it when it was bundled; with that the program is there 15 ms earlier. Another Node, or one with
// other flags, refuses it and compiles as usual. The bundles are plain ASCII (scripts/build.mjs sees to it): text of one
// byte a character is read and hashed in half the time.
"use strict";

const { access, readFileSync, writeFileSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const { join } = require("node:path");
const { Script } = require("node:vm");

const MOST_THREADS = 16;
startThreads();

const [name] = process.argv.splice(2, 1);
const filename = join(__dirname, "../dist", `${name}.cjs`);
const cache = `${filename}.cache`;
const script = new Script(
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, "latin1")}\n})`,
  { filename, cachedData: cachedData() },
);

// Set by scripts/build.mjs only: to write the machine code, of what was compiled or of what was also used.
const wanted = process.env.TARE_CODE_CACHE;
const write = () => writeFileSync(cache, script.createCachedData());
if (wanted === "used") process.on("exit", write);
if (wanted === "compiled") write();
else script.runInThisContext()(exports, require, module, filename, join(__dirname, "../dist"));

function cachedData() {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

// Threads that read, write and deflate. Of Node's four, two layers that are compressed take all on two processors, and what
// is to be read next waits behind them; with more processors the rest would be idle. They start with the first task, all of
// them or none of the process, so they are not many. Nobody else is to see the variable: RUN and its like may be given it.
function startThreads() {
  if (process.env.UV_THREADPOOL_SIZE !== undefined) return;
  process.env.UV_THREADPOOL_SIZE = String(Math.min(2 * availableParallelism() + 4, MOST_THREADS));
  access(__filename, () => {});
  delete process.env.UV_THREADPOOL_SIZE;
}
