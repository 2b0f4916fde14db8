import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import {
  makeKey,
  publishSuite,
  type SuiteContent,
  serve,
  type TestKey,
  type TestServer,
  tarFile,
} from "../src/debian/fixtures.ts";
import { folder, ROOT, TARE } from "./harness.ts";

/** What a command came to. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command beside the test's own server. */
export function tare(
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Outcome> {
  const child = spawn(TARE, args, { cwd, env: { ...process.env, TARE_ROOT: ROOT, ...env } });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (data) => (text[name] += data));
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, ...text })));
}

interface TestPackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly changelog?: string;
}

function contentOf(packages: readonly TestPackage[]): Pick<SuiteContent, "components" | "members"> {
  const key = ({ name, version }: TestPackage) => `${name}=${version}`;
  const fields = ({ depends }: TestPackage) => ({
    Architecture: "all",
    ...(depends !== undefined && { Depends: depends }),
  });
  const members = packages.filter(({ changelog }) => changelog !== undefined);
  return {
    components: { main: Object.fromEntries(packages.map((one) => [key(one), fields(one)])) },
    members: Object.fromEntries(members.map((one) => [key(one), [changelogOf(one)]])),
  };
}

function changelogOf({ name, changelog = "" }: TestPackage): Uint8Array {
  return tarFile(`./usr/share/doc/${name}/changelog.Debian.gz`, gzipSync(changelog));
}

/** A repository of one's own, and a recipe that takes what it has. */
interface Shop extends AsyncDisposable {
  readonly path: string;
  readonly server: TestServer;
  readonly key: TestKey;
  publish(packages: readonly TestPackage[], key?: TestKey): Promise<void>;
  /** Runs in the folder of the recipe; succeeds. */
  run(...args: readonly string[]): Promise<Outcome>;
}

/** Opens a repository on loopback with these packages, and a folder with a recipe of them. */
export async function shop(packages: readonly TestPackage[], recipe = "packages:\n  - app\n"): Promise<Shop> {
  const server = await serve();
  const key = await makeKey();
  const source = `sources:\n  - { uri: "${server.origin}/shop", suites: [now], keyring: key.asc }\n`;
  const files = folder({ "key.asc": key.publicKey, "ours.yaml": `debian: [13]\n${source}${recipe}` });
  const { path } = files;
  const architectures = ["amd64", "arm64"];
  const opened: Shop = {
    path,
    server,
    key,
    publish: (newer, by = key) =>
      publishSuite(server, {
        repository: "/shop",
        suite: "now",
        key: by,
        architectures,
        ...contentOf(newer),
      }),
    async run(...args) {
      const outcome = await tare(args, { cwd: path });
      assert.equal(outcome.status, 0, outcome.stderr);
      return outcome;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      files[Symbol.dispose]();
    },
  };
  await opened.publish(packages);
  return opened;
}

/** A package that needs the other one, and one of Debian. */
export const APP = { name: "app", version: "1", depends: "shared, debconf (>= 0.5)" };

/** What the application needs. */
export const LIB = { name: "shared", version: "1-1" };

/** A store that has the packages of the shared one, and nothing else. */
export function emptyStore(t: TestContext, name: string): string {
  const root = `${ROOT}-base-${process.pid}-${name}`;
  mkdirSync(root, { recursive: true });
  symlinkSync(join(ROOT, "packages"), join(root, "packages"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}
