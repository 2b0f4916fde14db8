import assert from "node:assert/strict";
import { lstatSync, lutimesSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TareError } from "../src/base/index.ts";
import { readDockerArchive } from "./docker-archive.ts";
import { BASE_NAME, type BuildCase, buildCases, CONTEXT, SMALL_BASE } from "./docker-cases.ts";
import { type Dockerd, startDockerd } from "./dockerd.ts";
import { buildImage, folder, has, rootTest } from "./harness.ts";

const skip = !has("dockerd") && "dockerd is missing";

rootTest("builds give the image that Docker gives", { skip, concurrency: 2 }, async (t) => {
  await using daemon = await startDockerd(mkdtempSync(join(tmpdir(), "tare-dockerd-")));
  await shareBase(daemon);
  await Promise.all(buildCases.map((one) => t.test(one.name, () => compare(daemon, one))));
});

/** The base of the cases, made by Tare and loaded by Docker: a shell and a few files, a hundredth of a distribution. */
async function shareBase(daemon: Dockerd): Promise<void> {
  using work = folder({ Dockerfile: SMALL_BASE });
  const archive = join(work.path, "base.tar");
  const outputs = [{ type: "docker", dest: archive }] as const;
  await buildImage({ context: work.path, tags: [BASE_NAME], outputs });
  await daemon.docker(["load", "-i", archive]);
}

async function compare(daemon: Dockerd, one: BuildCase): Promise<void> {
  using work = folder({});
  if (one.base) await shareImage(daemon, one.base);
  using context = folder({ ...CONTEXT, ...one.files, Dockerfile: one.dockerfile });
  settle(context.path);
  const ours = join(work.path, "ours.tar");
  const theirs = join(work.path, "theirs.tar");
  const [tare, docker] = await Promise.all([
    failureOf(() => buildByTare(one, { context: context.path, archive: ours })),
    failureOf(() => buildByDocker(daemon, one, { context: context.path, archive: theirs })),
  ]);
  if (one.fails) {
    assert.match(tare ?? "Tare built it", one.fails);
    assert.match(docker ?? "Docker built it", one.fails);
    return;
  }
  assert.deepEqual([tare, docker], [undefined, undefined]);
  assert.deepEqual(await readDockerArchive(ours), await readDockerArchive(theirs));
}

/** Builds the image that a case stands on with both, each by itself. */
async function shareImage(
  daemon: Dockerd,
  { name, dockerfile }: NonNullable<BuildCase["base"]>,
): Promise<void> {
  using context = folder({ ...CONTEXT, Dockerfile: dockerfile });
  settle(context.path);
  await buildImage({ context: context.path, tags: [name], hostCa: "off" });
  await daemon.docker(["build", "-q", "--network=host", "-t", name, context.path]);
}

interface Places {
  readonly context: string;
  readonly archive: string;
}

async function buildByTare(one: BuildCase, { context, archive }: Places): Promise<void> {
  await buildImage({
    context,
    outputs: [{ type: "docker", dest: archive }],
    noCache: true,
    // Certificates and proxies of this host are no part of what is compared.
    hostCa: "off",
    environment: {},
    ...(one.buildArgs && { buildArgs: one.buildArgs }),
    ...(one.target !== undefined && { target: one.target }),
  });
}

async function buildByDocker(daemon: Dockerd, one: BuildCase, { context, archive }: Places): Promise<void> {
  const tag = `case-${buildCases.indexOf(one)}`;
  const args = Object.entries(one.buildArgs ?? {}).flatMap(([key, value]) => [
    "--build-arg",
    `${key}=${value}`,
  ]);
  const target = one.target === undefined ? [] : ["--target", one.target];
  const common = ["--no-cache", "--progress=plain", "--network=host", "-t", tag];
  await daemon.docker(["build", ...common, ...args, ...target, context]);
  await daemon.docker(["save", "-o", archive, tag]);
}

/** What a build says when it fails. */
async function failureOf(build: () => Promise<void>): Promise<string | undefined> {
  try {
    await build();
    return undefined;
  } catch (error) {
    if (error instanceof TareError) return error.message;
    return (error as { readonly stderr?: string }).stderr ?? String(error);
  }
}

/** Gives all files of a context one time, long ago, so that it can be seen whether it is kept. */
function settle(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (lstatSync(path).isDirectory()) settle(path);
    lutimesSync(path, 1_000_000_000, 1_000_000_000);
  }
}
