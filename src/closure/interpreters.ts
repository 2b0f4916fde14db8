import { baseName, parentPath } from "../tree/index.ts";
import type { GapLevel, InterpreterGap } from "./gap.ts";
import type { Use } from "./need-graph.ts";
import type { Roots } from "./roots.ts";
import { envCommand } from "./script.ts";
import { isExecutable, type TreeFiles } from "./tree-files.ts";

/**
 * What starts the scripts of a tree, or does not. `path` are the folders of `PATH`. A script that is elsewhere,
 * as the modules of Python are that can be started too, is hardly a program: what it lacks is an `advice`.
 */
export function startScripts(
  scripts: Roots["scripts"],
  { files, path }: { readonly files: TreeFiles; readonly path: readonly string[] },
): { readonly gaps: readonly InterpreterGap[]; readonly uses: readonly Use[] } {
  const gaps: InterpreterGap[] = [];
  const uses: Use[] = [];
  const programFolders = new Set(path.flatMap((folder) => files.at(folder)?.path ?? []));
  for (const { path: file, facts } of scripts) {
    const results = [findInterpreter(files, facts.interpreter)];
    const isEnv = baseName(facts.interpreter) === "env" && results[0]?.file !== undefined;
    const command = isEnv ? envCommand(facts.argument) : undefined;
    if (command !== undefined) results.push(findCommand(files, { command, path }));
    const level = levelOf(file, programFolders);
    for (const { name, ...result } of results) {
      if (result.file !== undefined) uses.push({ by: file, name, file: result.file, how: "interpreter" });
      else gaps.push({ kind: "interpreter", level, file, needs: name, problem: result.problem });
    }
  }
  return { gaps, uses };
}

/** Folders of programs by their names, whether on PATH or not, and the root itself, where entry points stand. */
const PROGRAMS: ReadonlySet<string> = new Set(["bin", "sbin", "libexec", ""]);

function levelOf(file: string, programFolders: ReadonlySet<string>): GapLevel {
  const folder = parentPath(file);
  return programFolders.has(folder) || PROGRAMS.has(baseName(folder)) ? "required" : "advice";
}

type Result = { readonly name: string } & (
  | { readonly file: string }
  | { readonly file?: undefined; readonly problem: InterpreterGap["problem"] }
);

/** A path that is not absolute would start from wherever a process happens to be. */
function findInterpreter(files: TreeFiles, name: string): Result {
  const found = name.startsWith("/") ? files.at(name) : undefined;
  if (found?.node.entry.kind !== "file") return { name, problem: "missing" };
  return isExecutable(found.node) ? { name, file: found.path } : { name, problem: "not-executable" };
}

function findCommand(
  files: TreeFiles,
  { command, path }: { readonly command: string; readonly path: readonly string[] },
): Result {
  if (command.includes("/")) return findInterpreter(files, command);
  for (const folder of path) {
    const found = files.inFolder(folder, command);
    if (found && isExecutable(found.node)) return { name: command, file: found.path };
  }
  return { name: command, problem: "not-on-path" };
}
