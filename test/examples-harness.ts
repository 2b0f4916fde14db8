import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listImages } from "../src/api/index.ts";
import { freePort } from "./free-port.ts";
import { ROOT, run, TARE } from "./harness.ts";

/** The folder of the examples. */
export const EXAMPLES = join(import.meta.dirname, "../examples");

const BUILD = join(import.meta.dirname, "../scripts/build-example");
const ENVIRONMENT = { ...process.env, TARE_ROOT: ROOT, NO_COLOR: "1" };
const PATIENCE = 90_000;
const MUCH_OUTPUT = 64 << 20;

/** Builds an example's image with this machine's mirrors and proxies; gives everything that was printed. */
export async function buildExample(
  name: string,
  { folder, dockerfile = "Dockerfile" }: { readonly folder: string; readonly dockerfile?: string },
  ...flags: readonly string[]
): Promise<string> {
  const file = join(folder, dockerfile);
  const options = { env: ENVIRONMENT, maxBuffer: MUCH_OUTPUT };
  const { stdout, stderr } = await run(BUILD, [name, folder, "-f", file, ...flags], options);
  return stdout + stderr;
}

/** An image by its name: its id, and the bytes of its layers. */
export async function imageNamed(image: string): Promise<{ readonly id: string; readonly size: number }> {
  const [path, tag = "latest"] = image.split(":");
  const images = await listImages({ root: ROOT });
  const found = images.find(({ references }) =>
    references.some((one) => one.path === `library/${path}` && one.tag === tag),
  );
  if (!found) throw new Error(`there is no image ${image}`);
  return found;
}

/** What a program of an image ended with, started without a shell. */
export async function exitCode(
  image: string,
  program: string,
  ...args: readonly string[]
): Promise<number | null> {
  const child = spawn(TARE, ["run", "--rm", "--entrypoint", program, image, ...args], {
    env: ENVIRONMENT,
    stdio: "ignore",
  });
  return ended(child);
}

/** Something that answers HTTP until it is disposed. */
export interface Server extends AsyncDisposable {
  readonly url: string;
}

/** Runs an image that listens on the port in PORT. */
export async function serve(image: string, path: string): Promise<Server> {
  const port = await freePort();
  return started([TARE, "run", "--rm", "-e", `PORT=${port}`, image], { port, path });
}

/** Runs an image of nginx, whose port stands in its configuration: a copy with a free one is mounted over it. */
export async function serveNginx(image: string, configuration: string): Promise<Server> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "tare-nginx-"));
  const copy = join(folder, "nginx.conf");
  writeFileSync(copy, readFileSync(configuration, "utf8").replace("8080", String(port)));
  const command = [TARE, "run", "--rm", "-v", `${copy}:/etc/nginx/nginx.conf:ro`, image];
  const server = await started(command, { port, path: "/" });
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Starts the images of the three tiers with a tag, on free ports. */
export async function serveTiers(data: string, tag: string): Promise<Server> {
  const [port, backend, database] = await Promise.all([freePort(), freePort(), freePort()]);
  const environment = {
    TAG: tag,
    PORT: String(port),
    BACKEND_PORT: String(backend),
    DATABASE_PORT: String(database),
    MARIADB_PASSWORD: "it's \\ secret",
  };
  return started([join(EXAMPLES, "three-tier/start"), data], { port, path: "/api/notes", environment });
}

interface Start {
  readonly port: number;
  /** What answers with success as soon as the server is ready. */
  readonly path: string;
  readonly environment?: Readonly<Record<string, string>>;
}

async function started(
  [program = "", ...args]: readonly string[],
  { port, path, environment }: Start,
): Promise<Server> {
  const child = spawn(program, args, {
    env: { ...ENVIRONMENT, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output += data;
    });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended(child);
  };
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + PATIENCE;
  while (!(await answers(url + path))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`${program} ${args.join(" ")} did not come to answer ${path}:\n${output}`);
    }
    await sleep(100);
  }
  return { url, [Symbol.asyncDispose]: stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once("exit", resolve));
  return child.exitCode;
}
