import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { contenders } from "./contenders.ts";
import type { Measurement } from "./measure.ts";
import { scenarios } from "./scenarios.ts";

/**
 * Measures Tare against Docker (BuildKit) and Buildah, as far as they are installed, in one run on one
 * machine, and prints ratios. `npm run bench [NAME…]` runs only the scenarios of these names. Nothing is removed
 * before the end: for a minute after many files were removed, ext4 without a journal makes new ones ten times as
 * slowly, and who comes next would pay for it. So wait that long before another run.
 */
const wanted = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "tare-bench-"));
const rows: string[] = [];
try {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  await using others = await contenders(work);
  for (const scenario of scenarios.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const results = await scenario.measure({ work, others: others.list });
    rows.push(...results.map((result) => row(scenario.title, result, results)));
    for (const line of rows.splice(0)) console.log(line);
  }
} finally {
  execFileSync("chmod", ["-R", "u+rwX", work]);
  // The daemon lets go of its mounts a moment after its end.
  rmSync(work, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}

function row(title: string, result: Measurement, all: readonly Measurement[]): string {
  const { who, what, seconds, megabytes } = result;
  const own = all.find((one) => one.who === "tare" && one.what === what)?.seconds ?? seconds;
  const ratio = who.startsWith("tare") ? "" : `  ${(seconds / own).toFixed(1)} × Tare's time`;
  const memory = megabytes === undefined ? "" : `  peak ${String(megabytes).padStart(3)} MB`;
  const name = what === undefined ? title : `${title}, ${what}`;
  return `${name.padEnd(40)} ${who.padEnd(22)} ${seconds.toFixed(2).padStart(7)} s${memory}${ratio}`;
}
