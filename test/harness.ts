import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { type BuildEvent, type BuildRequest, type BuildResult, build } from "../src/api/index.ts";
import { openStore } from "../src/store/index.ts";
import { buildTree, type Entry, walkTree } from "../src/tree/index.ts";

/** Runs a program to its end; rejects with its output when it fails. */
export const run = promisify(execFile);

/** The store that all end-to-end tests of one user share, so that the base is composed once. */
export const ROOT = process.env.TARE_TEST_ROOT ?? join(tmpdir(), `tare-test-${userInfo().uid}`);

/** A full distribution to run things in; its packages are downloaded at most once. */
export const BASE = "tare/debian:12";

/** The built command. */
export const TARE = join(import.meta.dirname, "../bin/tare");

/** A folder of files by path; removed when disposed. Values that are functions get the complete path. */
export function folder(
  files: Readonly<Record<string, string | ((path: string) => void)>>,
): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tare-case-"));
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === "string") writeFileSync(file, content);
    else content(file);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What a build told and gave. */
export interface Built {
  readonly events: readonly BuildEvent[];
  readonly result: BuildResult;
  /** Everything that the steps wrote. */
  readonly log: string;
}

/** Builds by the library, in the shared store unless the request names another. */
export async function buildImage(
  request: BuildRequest,
  {
    signal,
    onEvent,
  }: { readonly signal?: AbortSignal; readonly onEvent?: ((event: BuildEvent) => void) | undefined } = {},
): Promise<Built> {
  const events: BuildEvent[] = [];
  for await (const event of build({ root: ROOT, environment: process.env, ...request }, {}, signal)) {
    events.push(event);
    onEvent?.(event);
  }
  const last = events.at(-1);
  if (last?.type !== "result") throw new Error("the build ended without a result");
  const log = events
    .map((event) => (event.type === "step-log" && event.step !== "export" ? event.data : ""))
    .join("");
  return { events, result: last.result, log };
}

/** Names of the steps that ended in a certain way. */
export function stepsThat({ events }: Pick<Built, "events">, outcome: string): readonly string[] {
  const steps = events.flatMap((event) => (event.type === "plan" ? event.steps : []));
  const ended = events
    .filter((event) => event.type === "step-ended")
    .filter((event) => event.outcome === outcome);
  return ended.map(({ step }) => steps.find(({ id }) => id === step)?.name ?? step);
}

/** The merged file system of an image in the shared store. */
export async function filesOf(imageId: string, root = ROOT): Promise<readonly Entry[]> {
  const store = await openStore(root);
  const record = await store.images.resolve(imageId);
  if (!record) throw new Error(`no image ${imageId}`);
  const layers = await Promise.all(record.layers.map((id) => store.layers.get(id)));
  const indexes = await Promise.all(layers.map((layer) => (layer as NonNullable<typeof layer>).index()));
  return [...walkTree(buildTree(indexes))].map(({ entry }) => entry);
}

/** The config of an image in the shared store. */
export async function configOf(
  imageId: string,
  root = ROOT,
): Promise<NonNullable<Awaited<ReturnType<Awaited<ReturnType<typeof openStore>>["images"]["config"]>>>> {
  const store = await openStore(root);
  const record = await store.images.resolve(imageId);
  if (!record) throw new Error(`no image ${imageId}`);
  return store.images.config(record);
}

/** Whether a program is there; in CI, where everything is installed, its absence is a failure. */
export function has(program: string): boolean {
  return findProgram(program) !== undefined;
}

/** Where a program is, as `has` looks for it. */
export function findProgram(program: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
  } catch {
    if (process.env.CI) throw new Error(`${program} is missing, and CI has to have it`);
    return undefined;
  }
}

export const isRoot = userInfo().uid === 0;

/** A test of what only root can do; as an ordinary user there is no such test. */
export const rootTest = isRoot ? test : () => undefined;
