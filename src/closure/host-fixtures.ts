import { spawnSync } from "node:child_process";
import { lstatSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, normalize } from "node:path";
import { decodeName } from "../base/index.ts";
import { file, link, type Sample } from "./fixtures.ts";

/** The paths by which the loader finds libraries, as `ldd` prints them, and the loader's own. */
export function lddPaths(program: string): readonly string[] {
  const { stdout, status } = spawnSync("ldd", [program], { env: { LC_ALL: "C", PATH: "/usr/bin:/bin" } });
  if (status !== 0) return [];
  const lines = decodeName(stdout).matchAll(/^\t(?:.* => )?(\/\S+) \(0x[0-9a-f]+\)$/gm);
  return [...lines].map((match) => normalize(match[1] as string));
}

/** Files of this machine as samples: each with the links and folders on the way to it. */
export function copies(paths: readonly string[]): Record<string, Sample> {
  const samples: Record<string, Sample> = {};
  for (const path of paths) addPath(samples, path);
  return samples;
}

function addPath(samples: Record<string, Sample>, path: string): void {
  const parts = path.split("/").filter((part) => part !== "");
  for (let length = 1; length <= parts.length; length++) {
    const at = parts.slice(0, length).join("/");
    const stat = lstatSync(`/${at}`);
    if (stat.isSymbolicLink()) {
      const target = readlinkSync(`/${at}`);
      samples[at] = link(target);
      const rest = parts.slice(length).join("/");
      addPath(
        samples,
        `${target.startsWith("/") ? target : `${realpathSync(dirname(`/${at}`))}/${target}`}/${rest}`,
      );
      return;
    }
    if (stat.isFile()) samples[at] ??= file(readFileSync(`/${at}`), stat.mode & 0o7777);
  }
}
