import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, folder, type Measurement, measured, median, tare } from "./measure.ts";

/**
 * Distroless bases: finding the packages by the network, composing them from packages that are cached into an empty
 * store, and again when their layers are in the store. `dpkg-deb -x` of the same packages is the least that unpacking
 * takes, without layers, proof and records. Of java and node the memory matters.
 */
export async function distroless({ work }: Bench): Promise<readonly Measurement[]> {
  const context = folder(work, "distroless", "FROM base\n");
  const root = join(work, "distroless-store");
  const recipes = ["python", "node", "java"].map((name) => recipe(context, name));
  const results: Measurement[] = [];
  for (const { name, file, build } of recipes) {
    results.push({ ...tare(root, ["base", "resolve", file]), who: "tare, resolving", what: name });
    tare(root, build);
    const store = join(work, `distroless-${name}`);
    const first = () => {
      rmSync(store, { recursive: true, force: true });
      mkdirSync(store);
      cpSync(join(root, "packages"), join(store, "packages"), { recursive: true });
      return tare(store, build);
    };
    results.push({ ...median(first, 5), who: "tare", what: name });
    const known = () => withoutRecords(store, ["compose"], () => tare(store, build));
    results.push({ ...median(known), who: "tare, composed before", what: name });
    const again = () => withoutRecords(store, ["compose", "composition"], () => tare(store, build));
    results.push({ ...median(again), who: "tare, all unpacked", what: name });
    results.push(...dpkg(join(work, "unpacked"), { name, file, packages: join(root, "packages") }));
  }
  return results;
}

interface BenchRecipe {
  readonly name: string;
  readonly file: string;
  readonly build: readonly string[];
}

/** Locked, so that what is measured is not how long it takes to find packages. */
function recipe(context: string, name: string): BenchRecipe {
  const file = join(context, `${name}.yaml`);
  writeFileSync(file, `extends: ${name}\ndebian: [12]\narchitectures: [amd64]\n`);
  return { name, file, build: ["build", "-q", "--build-context", `base=recipe://${file}`, context] };
}

/** Forgets what would answer at once, so that composing itself is measured. */
function withoutRecords(store: string, types: readonly string[], measure: () => Measurement): Measurement {
  const keys = join(store, "keys");
  for (const name of readdirSync(keys, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".json")) continue;
    const { key } = JSON.parse(readFileSync(join(keys, name), "utf8")) as {
      readonly key?: { readonly type?: string };
    };
    if (types.includes(key?.type ?? "")) rmSync(join(keys, name));
  }
  return measure();
}

function dpkg(
  target: string,
  { name, file, packages }: { readonly name: string; readonly file: string; readonly packages: string },
): readonly Measurement[] {
  if (spawnSync("dpkg-deb", ["--version"]).status !== 0) return [];
  const { targets } = JSON.parse(readFileSync(file.replace(/yaml$/, "lock.json"), "utf8")) as {
    readonly targets: readonly {
      readonly packages: readonly { readonly sha256: string }[];
      readonly npm: readonly unknown[];
    }[];
  };
  // What is from npm is most of node, and dpkg-deb does not unpack it.
  if (targets.some(({ npm }) => npm.length > 0)) return [];
  const debs = targets.flatMap((one) =>
    one.packages.map(({ sha256 }) => join(packages, `${sha256.slice(7)}.deb`)),
  );
  const list = `${target}.list`;
  writeFileSync(list, debs.join("\n"));
  const unpack = () => {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    const command = ["xargs", "-a", list, "-P2", "-I{}", "dpkg-deb", "-x", "{}", target];
    return measured("dpkg-deb -x, two at once", command, process.env);
  };
  return [{ ...median(unpack, 5), what: name }];
}
