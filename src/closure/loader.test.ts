import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { file, prove } from "./fixtures.ts";
import { copies, lddPaths } from "./host-fixtures.ts";

// The loader of this machine is asked about programs made for the question: does it find what we find?
const hasTools = ["gcc", "ldd"].every((name) => spawnSync(name, ["--version"]).status === 0);
if (!hasTools && process.env.CI) throw new Error("gcc and ldd have to be installed where CI is set");
const skip = !hasTools && "gcc or ldd is not installed here";

const work = mkdtempSync(join(tmpdir(), "tare-loader-"));
after(() => rmSync(work, { recursive: true }));

/** How a file says where its libraries are. */
const WAYS = {
  nothing: [],
  rpath: ["-Wl,--disable-new-dtags"],
  runpath: ["-Wl,--enable-new-dtags"],
} as const;
type Way = keyof typeof WAYS;
const NAMES = Object.keys(WAYS) as readonly Way[];

function compile(out: string, ...options: readonly string[]): void {
  const source = "int main(void) { return 0; }";
  const common = [
    "-x",
    "c",
    "-",
    "-x",
    "none",
    "-o",
    join(work, out),
    "-Wl,--no-as-needed",
    "-L",
    join(work, "stubs"),
  ];
  execFileSync("gcc", [...common, ...options], { input: source, stdio: ["pipe", "ignore", "inherit"] });
}

function searchPath(way: Way, folder: string): readonly string[] {
  return way === "nothing" ? [] : [...WAYS[way], `-Wl,-rpath,${folder}`];
}

before(() => {
  if (skip) return;
  mkdirSync(join(work, "stubs"));
  for (const name of ["a", "b"]) compile(`stubs/lib${name}.so`, "-shared", `-Wl,-soname,lib${name}.so`);
  for (const way of NAMES) {
    compile(`program-${way}`, "-la", "-Wl,--allow-shlib-undefined", ...searchPath(way, "$ORIGIN/lib"));
    compile(`liba-${way}`, "-shared", "-Wl,-soname,liba.so", "-lb", ...searchPath(way, "$ORIGIN/private"));
  }
});

for (const ofProgram of NAMES)
  for (const ofLibrary of NAMES)
    for (const place of ["lib", "lib/private", "elsewhere"])
      test(`program with ${ofProgram}, library with ${ofLibrary}, the second library in ${place}: as the loader`, {
        skip,
      }, () => {
        const root = join(work, `${ofProgram}-${ofLibrary}-${place.replace("/", "-")}`);
        const files = [
          [`program-${ofProgram}`, "run"],
          [`liba-${ofLibrary}`, "lib/liba.so"],
          ["stubs/libb.so", `${place}/libb.so`],
        ] as const;
        for (const [from, to] of files) {
          mkdirSync(dirname(join(root, to)), { recursive: true });
          copyFileSync(join(work, from), join(root, to));
        }
        const program = join(root, "run");
        const said = execFileSync("ldd", [program], {
          env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
        }).toString();
        const notFound = [...said.matchAll(/^\t(\S+) => not found$/gm)].map((match) => match[1]);
        const samples = Object.fromEntries(
          files.map(([, to]) => [`opt/x/${to}`, file(readFileSync(join(root, to)), 0o755)]),
        );
        const { gaps } = prove({ ...copies(lddPaths("/bin/true")), ...samples });
        // A library that the program does not reach is checked for itself: nobody asked the loader for that.
        const missed = gaps.flatMap((gap) =>
          gap.kind === "library" && (gap.program ?? gap.file) === "opt/x/run" ? [gap.needs] : [],
        );
        assert.deepEqual(missed, notFound, said);
      });
