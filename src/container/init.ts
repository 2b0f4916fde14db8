import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { TareError } from "../base/index.ts";
import { loaderOfFile, type Mount } from "../sandbox/index.ts";

/** Programs that are made for being the first process; only one that needs no libraries runs in every image. */
const PROGRAMS = ["catatonit", "tini-static", "docker-init", "tini", "dumb-init"];
/** Where distributions put such programs beside PATH. */
const FOLDERS = ["/usr/bin", "/usr/sbin", "/usr/libexec/podman", "/usr/libexec/docker"];
const TARGET = "/sbin/docker-init";

/** The command with a first process before it, where it is wanted: one of this machine's. `environment-missing` without one. */
export function withInit(
  args: readonly string[],
  { wanted, path }: { readonly wanted: boolean; readonly path: string },
): { readonly args: readonly string[]; readonly mounts: readonly Mount[] } {
  if (!wanted) return { args, mounts: [] };
  const folders = [...path.split(delimiter).filter((folder) => folder !== ""), ...FOLDERS];
  const candidates = PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name)));
  const source = candidates.find((file) => existsSync(file) && loaderOfFile(file) === "");
  if (source === undefined)
    throw new TareError("environment-missing", "--init needs a static init program, and none is installed", {
      hint: "install catatonit, or tini with its tini-static",
    });
  return { args: [TARGET, "--", ...args], mounts: [{ source, target: TARGET, readonly: true }] };
}
