import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { test } from "node:test";
import { describeGaps } from "./describe-gap.ts";
import { file, prove, type Sample } from "./fixtures.ts";
import { copies, lddPaths } from "./host-fixtures.ts";

// What the loader of this machine does is the measure: it lists what it loads without starting the program.
const hasLdd = spawnSync("ldd", ["/bin/true"]).status === 0;
if (!hasLdd && process.env.CI) throw new Error("ldd has to work where CI is set");
const skip = !hasLdd && "ldd does not work here";

/** A few that are everywhere, and those with a search path of their own. */
const PROGRAMS = [
  ...[
    "true",
    "bash",
    "tar",
    "dpkg",
    "apt-get",
    "git",
    "openssl",
    "perl",
    "ssh",
    "gpg",
    "curl",
    "python3.11",
    "node",
  ],
  ...[
    "systemctl",
    "java",
    "psql",
    "gcc",
    "ld",
    "gdb",
    "php",
    "ruby",
    "redis-server",
    "smbclient",
    "pulseaudio",
  ],
]
  .flatMap((name) => [`/usr/bin/${name}`, `/usr/sbin/${name}`])
  .filter((path) => existsSync(path))
  .map((path) => realpathSync(path));

/** What `ldd` found for each program that has libraries, as the real paths that the tree has. */
function closures(): ReadonlyMap<string, readonly string[]> {
  const all = PROGRAMS.map((path) => [path, lddPaths(path)] as const);
  return new Map(all.filter(([, paths]) => paths.length > 0));
}

test("what the loader finds is complete, and each library is found where the loader finds it", {
  skip,
}, () => {
  const found = closures();
  assert.ok(found.size >= 3, [...found.keys()].join());
  for (const [program, paths] of found) {
    const { gaps, needs } = prove(copies([program, ...paths]));
    assert.deepEqual(
      gaps.filter(({ level }) => level === "required" && !isJava(program)),
      [],
      program,
    );
    for (const path of paths) {
      const real = realpathSync(path).slice(1);
      assert.equal(needs.chainTo(real)[0], program.slice(1), `${program}: ${real}`);
    }
  }
});

/** Java loads most of itself by name, which `ldd` does not list. */
function isJava(program: string): boolean {
  return program.endsWith("/java");
}

test("any one library that is taken away is missed, by that name and no other", { skip }, async () => {
  const [program, paths] = [...closures()].find(([, list]) => list.length >= 5) ?? assert.fail();
  const whole = copies([program, ...paths]);
  const loader = /ld-linux|ld64/;
  for (const path of paths.filter((candidate) => !loader.test(candidate))) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const real = realpathSync(path).slice(1);
    const kept = Object.entries(whole).filter(
      ([at, { link: to }]) => at !== real && !(to && at.endsWith(name)),
    );
    const required = prove(Object.fromEntries(kept)).gaps.filter(({ level }) => level === "required");
    const missed = new Set(required.map((gap) => (gap.kind === "library" ? gap.needs : JSON.stringify(gap))));
    assert.deepEqual([...missed], [name]);
    const [sentence] = await describeGaps(
      required,
      async (wanted) => new Map(wanted.map((one) => [one, [`package-of-${one}`]])),
    );
    assert.match(
      sentence as string,
      /needs .*, which no package of the recipe brings.*; package-of-lib.* has it$/,
    );
  }
});

test("five thousand files take no time once their facts are known", { skip }, () => {
  const [program, paths] = [...closures()].sort((a, b) => b[1].length - a[1].length)[0] ?? assert.fail();
  const samples = copies([program, ...paths]);
  const copied = samples[program.slice(1)] as Sample;
  for (let number = 0; number < 200; number++) samples[`usr/bin/copy-${number}`] = copied;
  for (let number = 0; number < 4800; number++)
    samples[`usr/share/${number % 100}/${number}`] = file("", 0o644);
  prove(samples);
  const started = performance.now();
  prove(samples);
  const took = performance.now() - started;
  assert.ok(took < 1000, `${took} ms`);
});
