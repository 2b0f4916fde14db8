import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { startDockerd } from "../test/dockerd.ts";

/** Another builder. Commands are argument lists; `base` names the image that all builds start from. */
export interface Contender {
  readonly name: "docker" | "docker, host network" | "buildah";
  readonly env: NodeJS.ProcessEnv;
  build(
    context: string,
    options: { readonly cache: boolean; readonly tag: string; readonly file?: string },
  ): readonly string[];
  save(tag: string, archive: string): readonly string[];
  /** Takes over a docker archive as the base. */
  load(archive: string): readonly string[];
}

/** The other builders that are installed; a daemon of our own is started for Docker, and stopped again. */
export async function contenders(
  work: string,
): Promise<AsyncDisposable & { readonly list: readonly Contender[] }> {
  const daemon =
    installed("dockerd") && process.getuid?.() === 0
      ? await startDockerd(join(work, "docker"), { bridge: true })
      : undefined;
  const list = [
    ...(daemon ? [docker(daemon.command, "docker"), docker(daemon.command, "docker, host network")] : []),
    ...(installed("buildah") ? [buildah()] : []),
  ];
  for (const name of ["docker", "buildah"])
    if (!list.some((one) => one.name === name)) console.log(`${name} is not installed: not compared`);
  return {
    list,
    async [Symbol.asyncDispose]() {
      await daemon?.[Symbol.asyncDispose]();
    },
  };
}

/** As it is by default, and with the network that Tare's and Buildah's steps have. */
function docker(command: readonly string[], name: "docker" | "docker, host network"): Contender {
  return {
    name,
    env: { ...process.env, DOCKER_BUILDKIT: "1" },
    build: (context, { cache, tag, file }) => [
      ...command,
      "build",
      "-q",
      ...(name === "docker" ? [] : ["--network=host"]),
      ...(cache ? [] : ["--no-cache"]),
      "-t",
      tag,
      ...(file ? ["-f", file] : []),
      context,
    ],
    save: (tag, archive) => [...command, "save", "-o", archive, tag],
    load: (archive) => [...command, "load", "-i", archive],
  };
}

function buildah(): Contender {
  return {
    name: "buildah",
    env: process.env,
    build: (context, { cache, tag, file }) => [
      "buildah",
      "--runtime",
      "runc",
      "bud",
      "-q",
      "--layers",
      ...(cache ? [] : ["--no-cache"]),
      "-t",
      tag,
      ...(file ? ["-f", file] : []),
      context,
    ],
    save: (tag, archive) => ["buildah", "push", "-q", tag, `docker-archive:${archive}:${tag}`],
    load: (archive) => ["buildah", "pull", "-q", `docker-archive:${archive}`],
  };
}

function installed(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}
