import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contenders.ts";
import { distroless } from "./distroless.ts";
import { type Bench, folder, type Measurement, measured, median, store, tare } from "./measure.ts";
import { transfers } from "./registry.ts";

export interface Scenario {
  readonly name: string;
  readonly title: string;
  measure(bench: Bench): Promise<readonly Measurement[]>;
}

const DEMO = join(import.meta.dirname, "../examples/calculator");
const BASE = "localhost/bench-base:latest";

/** What is measured. Adding a scenario touches this table and one function. */
export const scenarios: readonly Scenario[] = [
  { name: "compose", title: "compose debian:13, nothing cached", measure: compose },
  { name: "distroless", title: "compose", measure: distroless },
  { name: "steps", title: "20 RUN steps that do nothing", measure: steps },
  { name: "cached", title: "two-stage calculator, nothing changed", measure: cached },
  { name: "context", title: "context of 50,000 files", measure: largeContext },
  { name: "stages", title: "parse and plan 200 stages", measure: manyStages },
  { name: "analyse", title: "analysis of 1.3 GB with 57,000 files", measure: analyseLarge },
  { name: "export", title: "1.2 GB single stage: build and save", measure: exportLarge },
  { name: "registry", title: "1.2 GB, registry on this machine", measure: transfers },
];

async function compose({ work }: Bench): Promise<readonly Measurement[]> {
  const context = folder(work, "compose", "FROM tare/debian:13\n");
  const root = join(work, "compose-store");
  const fresh = tare(root, ["build", "-q", context]);
  const packages = join(root, "packages");
  const again = join(work, "compose-again");
  mkdirSync(again);
  cpSync(packages, join(again, "packages"), { recursive: true });
  const cachedPackages = tare(again, ["build", "-q", context]);
  const own = [fresh, { ...cachedPackages, who: "tare, packages cached" }];
  if (spawnSync("sh", ["-c", "command -v mmdebstrap"]).status !== 0) return own;
  return [
    ...own,
    measured("mmdebstrap", ["mmdebstrap", "--variant=minbase", "trixie", join(work, "mm.tar")], process.env),
  ];
}

async function steps({ work, others }: Bench): Promise<readonly Measurement[]> {
  const lines = Array.from({ length: 20 }, (_, index) => `RUN true ${index}\n`);
  const context = folder(work, "steps", `FROM ${BASE}\n${lines.join("")}`);
  loadBase(work, others);
  const own = tare(store(work), ["build", "-q", "--no-cache", context]);
  return [
    own,
    ...others.map((other) =>
      measured(other.name, other.build(context, { cache: false, tag: "bench-steps" }), other.env),
    ),
  ];
}

async function cached({ work, others }: Bench): Promise<readonly Measurement[]> {
  loadBase(work, others);
  const context = join(work, "calculator");
  cpSync(DEMO, context, { recursive: true });
  const file = join(context, "Dockerfile.bench");
  writeFileSync(
    file,
    `FROM ${BASE} AS build\nRUN echo calculator > /calc\nCOPY main.go /src/\nFROM scratch\nCOPY --from=build /calc /calc\n`,
  );
  const own = () => tare(store(work), ["build", "-q", "-t", "bench-cached", "-f", file, context]);
  own();
  const results = [median(own)];
  for (const other of others) {
    const build = () =>
      measured(other.name, other.build(context, { cache: true, tag: "bench-cached", file }), other.env);
    build();
    results.push(median(build));
  }
  return results;
}

async function largeContext({ work, others }: Bench): Promise<readonly Measurement[]> {
  const context = folder(work, "files", "FROM scratch\nCOPY . /\n");
  for (let index = 0; index < 500; index++) {
    mkdirSync(join(context, `d${index}`));
    for (let file = 0; file < 100; file++)
      writeFileSync(join(context, `d${index}`, `f${file}`), `${index} ${file}\n`);
  }
  const builders = [
    { name: "tare", build: () => tare(store(work), ["build", "-q", context]) },
    ...others
      .filter(({ name }) => name !== "docker, host network")
      .map((other) => ({
        name: other.name,
        build: () =>
          measured(other.name, other.build(context, { cache: true, tag: "bench-files" }), other.env),
      })),
  ];
  return builders.flatMap(({ name, build }) => [
    { ...build(), who: name, what: "first" },
    { ...median(build), who: name, what: "unchanged" },
  ]);
}

/** What it takes beyond starting: the time of `version` is taken off; and the time within a process. */
async function manyStages({ work }: Bench): Promise<readonly Measurement[]> {
  const stages = Array.from({ length: 200 }, (_, index) =>
    index === 0
      ? "FROM scratch AS s0\nCOPY Dockerfile /f0\n"
      : `FROM scratch AS s${index}\nARG A=x\nENV B=$A\nCOPY --from=s${index - 1} /f${index - 1} /f${index}\n`,
  );
  const context = folder(work, "stages", stages.join(""));
  const start = median(() => tare(store(work), ["version"]));
  const plan = median(() => tare(store(work), ["build", "--call", "outline", context]));
  return [
    { who: "tare", what: "beyond starting", seconds: plan.seconds - start.seconds },
    { ...median(() => planned(context)), what: "reading to plan" },
  ];
}

/** The same on its own: the process measures itself, when it has started. */
function planned(context: string): Measurement {
  const script = join(import.meta.dirname, "plan-stages.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, context], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${script} failed:\n${stderr}`);
  return { who: "tare", seconds: Number(stdout) };
}

/** The archives stay until the end, as everything does. */
/** Copies of a distribution that belong to no package, each file different at its end. */
async function analyseLarge({ work, others }: Bench): Promise<readonly Measurement[]> {
  loadBase(work, others);
  const copy = "for i in 1 2 3 4 5 6 7; do mkdir /c$i && cp -a /usr /c$i; done";
  const change = 'n=0; find /c? -type f | while read -r f; do n=$((n+1)); echo " $n" >> "$f"; done';
  const fill = `RUN ${copy}; ${change}`;
  const context = folder(work, "analyse", `FROM ${BASE}\n${fill}\n`);
  const root = store(work);
  tare(root, ["build", "-q", "-t", "bench-analyse", context]);
  const analyse = () => tare(root, ["attack-surface", "bench-analyse"]);
  const first = analyse();
  return [
    { ...first, what: "the first time" },
    { ...median(analyse), what: "remembered" },
  ];
}

async function exportLarge({ work, others }: Bench): Promise<readonly Measurement[]> {
  loadBase(work, others);
  const fill = "RUN mkdir /big && for i in $(seq 1200); do yes $i | head -c 1000000 > /big/$i; done";
  const context = folder(work, "large", `FROM ${BASE}\n${fill}\n`);
  const archive = (name: string) => join(work, `${name}.tar`);
  const own = tare(store(work), [
    "build",
    "-q",
    "--no-cache",
    "-t",
    "bench-large",
    "-o",
    `type=docker,dest=${archive("tare")}`,
    context,
  ]);
  const theirs = others
    .filter(({ name }) => name !== "docker, host network")
    .map((other) => {
      const build = measured(
        other.name,
        other.build(context, { cache: false, tag: "bench-large" }),
        other.env,
      );
      const save = measured(other.name, other.save("bench-large", archive(other.name)), other.env);
      return { who: other.name, seconds: build.seconds + save.seconds };
    });
  return [own, ...theirs];
}

/** The same base for everybody: composed by Tare, handed over as a docker archive. */
function loadBase(work: string, others: readonly Contender[]): void {
  const archive = join(work, "base.tar");
  if (existsSync(archive)) return;
  const context = folder(work, "base", "FROM tare/debian:13\n");
  tare(store(work), ["build", "-q", "-t", BASE, "-o", `type=docker,dest=${archive}`, context]);
  for (const other of others) measured(other.name, other.load(archive), other.env);
}
