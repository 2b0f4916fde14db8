import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDockerRegistry } from "../test/docker-registry.ts";
import { type Bench, folder, type Measurement, measured, median, tare } from "./measure.ts";

const MEGABYTE = 1 << 20;

/**
 * 1.2 GB in 12 layers, half of it random, to registries on this machine and back. First as an image is usually pushed, from
 * where its files are, which compresses it; skopeo pulls it into a storage as podman has it, and pushes it out of that to a
 * registry that knows nothing of it. Then to a third registry with layers that are compressed already, which skopeo has in
 * an OCI layout; copied as they are; and once more with one small layer changed.
 */
export async function transfers({ work }: Bench): Promise<readonly Measurement[]> {
  const needed = ["docker-registry", "skopeo"];
  if (needed.some((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0)) {
    console.log("docker-registry or skopeo is not installed: transfers are not measured");
    return [];
  }
  await using registry = await startDockerRegistry({ secure: false });
  await using other = await startDockerRegistry({ secure: false });
  await using last = await startDockerRegistry({ secure: false });
  const root = join(work, "registry-store");
  const context = largeContext(work);
  const name = (tag: string, { host } = registry) => `${host}/large:${tag}`;
  const skopeo = (from: string, to: string) =>
    measured(
      "skopeo",
      ["skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false", from, to],
      process.env,
    );
  tare(root, ["build", "-q", "-t", name("1"), context]);
  const first = tare(root, ["push", "-q", name("1")]);
  const storage = `overlay@${join(work, "registry-storage")}+${join(work, "registry-run")}`;
  const unpacked = `containers-storage:[${storage}]${name("1")}`;
  const pulledBySkopeo = skopeo(`docker://${name("1")}`, unpacked);
  const firstBySkopeo = skopeo(unpacked, `docker://${other.host}/unpacked:1`);
  // It mounts its storage on itself, and leaves that.
  spawnSync("umount", [join(work, "registry-storage", "overlay")]);
  const layout = join(work, "registry-layout");
  tare(root, ["build", "-q", "-t", name("1", last), "-o", `type=oci,tar=false,dest=${layout}`, context]);
  const found = [
    { ...first, what: "push, first time" },
    { ...firstBySkopeo, what: "push, first time" },
    { ...tare(root, ["push", "-q", name("1", last)]), what: "push" },
    { ...skopeo(`oci:${layout}:1`, `docker://${last.host}/skopeo:1`), what: "push" },
    { ...tare(join(work, "registry-pulled"), ["pull", "-q", name("1")]), what: "pull" },
    { ...pulledBySkopeo, what: "pull" },
    { ...tare(root, ["copy", "-q", name("1"), `oci:${join(work, "registry-copied")}:1`]), what: "copy" },
    { ...skopeo(`docker://${name("1")}`, `oci:${join(work, "registry-skopeo")}:1`), what: "copy" },
  ];
  let change = 0;
  const again = median(() => {
    writeFileSync(join(context, "small"), `${change++}`);
    tare(root, ["build", "-q", "-t", name("2"), context]);
    return tare(root, ["push", "-q", name("2")]);
  });
  return [...found, { ...again, what: "push, one small layer changed" }];
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
