// Enforces the law of ARCHITECTURE.md: a file imports only from floors below its own, other folders only through
// their index.ts, and side effects of the process stay in cli/ and the engine's entries.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const FLOORS = {
  base: 0,
  text: 1,
  oci: 1,
  archive: 1,
  blob: 1,
  net: 1,
  trust: 1,
  elf: 1,
  java: 2,
  tree: 2,
  dockerfile: 2,
  graph: 2,
  provenance: 2,
  store: 3,
  layout: 3,
  debian: 3,
  git: 3,
  npm: 3,
  registry: 3,
  recipe: 3,
  settings: 3,
  sbom: 3,
  closure: 3,
  frontend: 4,
  analysis: 4,
  compose: 4,
  sandbox: 4,
  "remote-cache": 4,
  causes: 5,
  check: 5,
  report: 5,
  solver: 5,
  container: 5,
  export: 5,
  api: 6,
  engine: 6,
  cli: 7,
};

/** Folders of one floor that may import each other: the engine is the api, started again. */
const SIDEWAYS = [["api", "engine"]];
/** Tables of data, which may be long. */
const TABLES = ["debian/archive-keys.ts"];
/** Programs of their own, which own their process. */
const ENTRIES = ["engine/main.ts", "engine/chroot-main.ts"];
const LIMIT = 300;

/** All that is wrong with the sources below a folder: lines of `file: what, and what to do instead`. */
export function checkFloors(root) {
  return files(root).flatMap((file) => checkFile(root, file));
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

function checkFile(root, file) {
  const name = relative(root, file);
  const text = readFileSync(file, "utf8");
  const problems = importsOf(text).flatMap((target) =>
    checkImport(name, relative(root, resolve(dirname(file), target))),
  );
  const lines = text.split("\n").length - 1;
  const isTest = name.endsWith(".test.ts");
  if (lines > LIMIT && !TABLES.includes(name) && !isTest)
    problems.push(`${lines} lines; split it: one concept a file, ${LIMIT} lines at most`);
  if (name.endsWith("/index.ts") && /^(?:function|const|class|let) /m.test(text))
    problems.push("an index.ts only re-exports; move the code into a file of its own");
  const owner = name.startsWith("cli/") || ENTRIES.includes(name) || isTest;
  if (!owner && /(?<![\w.])(?:process|console)\.\w/.test(withoutComments(text)))
    problems.push(
      "uses process or console; take the value as a parameter, only cli/ and the engine's entries own the process",
    );
  return problems.map((problem) => `src/${name}: ${problem}`);
}

function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

function importsOf(text) {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => match[1]);
}

function checkImport(from, to) {
  const [own, other] = [from.split("/")[0], to.split("/")[0]];
  if (own === other)
    return to === `${own}/index.ts` && !ENTRIES.includes(from)
      ? [`imports its own index.ts; import the file itself`]
      : [];
  if (!(own in FLOORS) || !(other in FLOORS))
    return [`${other}/ is on no floor; add it to scripts/check-floors.mjs and ARCHITECTURE.md`];
  const isShared = to === `${other}/fixtures.ts` && /(?:\.test|\/fixtures)\.ts$/.test(from);
  if (!isShared && !to.endsWith(`${other}/index.ts`))
    return [`imports ${to}; other folders are imported through ${other}/index.ts`];
  if (SIDEWAYS.some((pair) => pair.includes(own) && pair.includes(other))) return [];
  if (FLOORS[other] < FLOORS[own]) return [];
  const direction = FLOORS[other] === FLOORS[own] ? "sideways" : "up";
  return [
    `imports ${direction} from ${other}/ (floor ${FLOORS[other]}) into ${own}/ (floor ${FLOORS[own]}); move what both need to a floor below, or pass it in`,
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkFloors(resolve(dirname(fileURLToPath(import.meta.url)), "../src"));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
