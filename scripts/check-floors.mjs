// Enforces the floors of src/ (ARCHITECTURE.md): who may import whom, where side effects live, how long a
// file may be. Prints one line for each offence, with what to do instead. Run by `npm run check`.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** From the ground up. A folder imports from lower floors only. */
const FLOORS = [
  ["base"],
  ["oci", "archive", "blob"],
  ["tree", "dockerfile", "graph"],
  ["store", "registry", "layout", "debian"],
  ["frontend", "compose", "analyze", "sandbox"],
  ["solver", "export", "rewrite"],
  ["api", "engine"],
  ["cli", "web"],
];
/** Pairs on one floor that may import each other: the engine runs the use cases that start it. */
const NEIGHBOURS = [["api", "engine"]];
/** Programs of their own: what starts them may name the file, and they may touch the process. */
const PROGRAMS = ["engine/main.ts", "engine/chroot-main.ts", "cli/main.ts"];
const MAX_LINES = 300;
/** Tables of data may be longer. */
const TABLES = new Set([]);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? join(import.meta.dirname, "../src"));
  const problems = checkFloors(sourceFiles(root));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) console.error(`${problems.length} offences against the floors`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** Offences in the files of src/, given by path (`tree/merge.ts`) and text. */
export function checkFloors(files) {
  return files.flatMap(({ path, text }) => {
    const code = withoutComments(text);
    const file = {
      path,
      text,
      code,
      folder: path.split("/")[0],
      test: /\.test\.ts$|\/fixtures\.ts$/.test(path),
    };
    return [
      ...checkPlace(file),
      ...checkImports(file),
      ...checkIndex(file),
      ...checkEffects(file),
      ...checkLength(file),
    ];
  });
}

function checkPlace({ path, folder }) {
  if (floorOf(folder) >= 0 && path.includes("/")) return [];
  return [`src/${path}: is on no floor; put it into a folder that ARCHITECTURE.md lists, or list its folder`];
}

function checkImports(file) {
  return importsOf(file.code)
    .filter((specifier) => specifier.startsWith("."))
    .flatMap((specifier) => checkImport(file, specifier));
}

function checkImport({ path, folder, test }, specifier) {
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  const say = (what) => [`src/${path}: imports ${specifier}: ${what}`];
  if (target.startsWith("../"))
    return test ? [] : say("that is outside src/; move what is needed into a folder of it");
  if (!target.endsWith(".ts")) return say("write the complete name of the file, with .ts");
  const other = target.split("/")[0];
  if (other === folder)
    return target === `${folder}/index.ts` && !PROGRAMS.includes(path)
      ? say("a folder's own index.ts is for others; import the file itself")
      : [];
  if (!mayImport(folder, other))
    return say(
      `${other} is ${floorOf(other) === floorOf(folder) ? "on the same floor" : "above"}; move what both need to a lower floor, or hand it in as an argument`,
    );
  return target === `${other}/index.ts` || test ? [] : say(`import it from ../${other}/index.ts`);
}

function mayImport(folder, other) {
  if (floorOf(other) < 0) return false;
  return (
    floorOf(other) < floorOf(folder) ||
    NEIGHBOURS.some((pair) => pair.includes(folder) && pair.includes(other))
  );
}

function floorOf(folder) {
  return FLOORS.findIndex((folders) => folders.includes(folder));
}

/** An index.ts says what the folder is for, and re-exports; nothing else. */
function checkIndex({ path, text, code }) {
  if (!/^[a-z]+\/index\.ts$/.test(path)) return [];
  const rest = code
    .replace(/\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*"[^"]*"\s*;?/g, "")
    .trim();
  return [
    ...(rest === ""
      ? []
      : [
          `src/${path}: only re-exports belong here, not ${JSON.stringify(rest.slice(0, 40))}; give it a file`,
        ]),
    ...(text.startsWith("/**")
      ? []
      : [`src/${path}: open with a comment of three to six lines that says what the folder is for`]),
  ];
}

function checkEffects({ path, folder, code, test }) {
  if (test || folder === "cli" || PROGRAMS.includes(path)) return [];
  const found = /(?<![\w.$"'`/])(process|console)\.[a-z]\w*/i.exec(withoutStrings(code))?.[0];
  return found
    ? [`src/${path}: uses ${found}; only cli/ and the engine's programs may: take it as an argument`]
    : [];
}

function checkLength({ path, text, test }) {
  const lines = text.split("\n").length - 1;
  if (test || TABLES.has(path) || lines <= MAX_LINES) return [];
  return [`src/${path}: has ${lines} lines, more than ${MAX_LINES}; a file is one concept: split it`];
}

/** Every form of import, the dynamic one and those of types included. */
function importsOf(code) {
  const forms = [
    /\b(?:import|export)\b[^;"'`]*?\bfrom\s*"([^"]+)"/g,
    /\bimport\s*"([^"]+)"/g,
    /\bimport\s*\(\s*"([^"]+)"/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1]));
}

/** Strings are matched too, so that a `//` in one of them is not taken for a comment. */
function withoutComments(text) {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, string) => string ?? " ",
  );
}

function withoutStrings(code) {
  return code.replace(/"(?:\\.|[^"\\\n])*"/g, '""');
}

function sourceFiles(root) {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.includes("testdata/"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
