import { execFileSync, spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDockerRegistry } from "../test/docker-registry.ts";
import { type Bench, folder, type Measurement, measured, median, middle, tare } from "./measure.ts";

const MEGABYTE = 1 << 20;

/**
 * 1.2 GB in 12 layers, half of it random, to registries on this machine and back. First as an image is usually pushed, from
 * where its files are, which compresses it; skopeo has them in a storage as podman has it. Then with layers that are compressed
 * already, which skopeo has in an OCI layout; pulled; copied as they are; and once more with one small layer changed.
 */
export async function transfers({ work }: Bench): Promise<readonly Measurement[]> {
  const needed = ["docker-registry", "skopeo"];
  if (needed.some((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0)) {
    console.log("docker-registry or skopeo is not installed: transfers are not measured");
    return [];
  }
  await using registry = await startDockerRegistry({ secure: false });
  const image = `${registry.host}/large:1`;
  const context = largeContext(work);
  const at = (name: string) => join(work, `registry-${name}`);
  tare(at("built"), ["build", "-q", "-t", image, context]);
  const root = at("store");
  tare(root, ["build", "-q", "-t", image, "-o", `type=oci,tar=false,dest=${at("layout")}`, context]);
  tare(root, ["push", "-q", image]);
  const pulled = `containers-storage:[overlay@${at("storage")}+${at("run")}]${image}`;
  skopeo(`docker://${image}`, pulled);
  const found = [
    ...(await inTurns("push, first time", [
      intoEmpty((name) => {
        const fresh = at("fresh");
        // A store whose files are those of the other one, from which nothing was pushed yet.
        execFileSync("cp", ["-al", at("built"), fresh]);
        tare(fresh, ["tag", image, name]);
        return alone(() => tare(fresh, ["push", "-q", name]), [fresh]);
      }),
      intoEmpty((name) => alone(() => skopeo(pulled, `docker://${name}`))),
    ])),
    ...(await inTurns("push", [
      intoEmpty((name) => {
        tare(root, ["tag", image, name]);
        return alone(() => tare(root, ["push", "-q", name]));
      }),
      intoEmpty((name) => alone(() => skopeo(`oci:${at("layout")}:1`, `docker://${name}`))),
    ])),
    ...(await inTurns("pull", [
      async () => alone(() => tare(at("pulled"), ["pull", "-q", image]), [at("pulled")]),
      async () => {
        const storage = `containers-storage:[overlay@${at("pulled")}+${at("pulled-run")}]${image}`;
        return alone(() => skopeo(`docker://${image}`, storage), [at("pulled"), at("pulled-run")]);
      },
    ])),
    ...(await inTurns("copy", [
      async () => alone(() => tare(root, ["copy", "-q", image, `oci:${at("copied")}:1`]), [at("copied")]),
      async () => alone(() => skopeo(`docker://${image}`, `oci:${at("copied")}:1`), [at("copied")]),
    ])),
  ];
  unmount(at("storage"));
  let change = 0;
  const again = median(() => {
    writeFileSync(join(context, "small"), `${change++}`);
    tare(root, ["build", "-q", "-t", image, context]);
    return tare(root, ["push", "-q", image]);
  });
  return [...found, { ...again, what: "push, one small layer changed" }];
}

const ROUNDS = 3;

/** The median of each way, which take turns: what the machine does besides hits all of them. */
async function inTurns(
  what: string,
  ways: readonly (() => Promise<Measurement>)[],
): Promise<readonly Measurement[]> {
  const results = ways.map((): Measurement[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, way] of ways.entries()) results[at]?.push(await way());
  return results.map((taken) => ({ ...middle(taken), what }));
}

/** Sends to a registry that has nothing yet. */
function intoEmpty(send: (name: string) => Measurement): () => Promise<Measurement> {
  return async () => {
    await using empty = await startDockerRegistry({ secure: false });
    return send(`${empty.host}/large:1`);
  };
}

/** Not while what was written before is brought to the disk; then removes what it leaves. */
function alone(measure: () => Measurement, leaves: readonly string[] = []): Measurement {
  spawnSync("sync");
  const result = measure();
  for (const path of leaves) {
    unmount(path);
    rmSync(path, { recursive: true });
  }
  return result;
}

function skopeo(from: string, to: string): Measurement {
  const command = ["skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false", from, to];
  return measured("skopeo", command, process.env);
}

/** skopeo mounts its storage on itself, and leaves that. */
function unmount(storage: string): void {
  spawnSync("umount", [join(storage, "overlay")]);
}

/** Layers of 100 MB, every second megabyte of them zeros. */
function largeContext(work: string): string {
  const lines = Array.from({ length: 12 }, (_, index) => `COPY f${index} /\n`);
  const context = folder(work, "registry-context", `FROM scratch\n${lines.join("")}COPY small /\n`);
  mkdirSync(context, { recursive: true });
  for (let index = 0; index < 12; index++) {
    const bytes = Buffer.alloc(100 * MEGABYTE);
    for (let at = 0; at < bytes.length; at += 2 * MEGABYTE) randomFillSync(bytes, at, MEGABYTE);
    writeFileSync(join(context, `f${index}`), bytes);
  }
  writeFileSync(join(context, "small"), "");
  return context;
}
