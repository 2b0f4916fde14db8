import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "./command.ts";
import { command as build } from "./commands/build.ts";
import { command as diff } from "./commands/diff.ts";
import { command as du } from "./commands/du.ts";
import { command as history } from "./commands/history.ts";
import { command as inspect } from "./commands/inspect.ts";
import { command as load } from "./commands/load.ts";
import { command as prune } from "./commands/prune.ts";
import { command as ps } from "./commands/ps.ts";
import { command as rmi } from "./commands/rmi.ts";
import { command as run } from "./commands/run.ts";
import { command as save } from "./commands/save.ts";
import { command as sbom } from "./commands/sbom.ts";
import { command as tag } from "./commands/tag.ts";
import { command as weigh } from "./commands/weigh.ts";
import { command as why } from "./commands/why.ts";
import { parseFlags } from "./flags.ts";

/** Runs a command that has to refuse what it is asked for before it does anything. */
async function refused(command: Command, words: readonly string[], hasKeyboard = true): Promise<number> {
  const never = () => assert.fail("it writes");
  return command.run(parseFlags(command.spec, words), {
    out: never,
    outPieces: never,
    err: { write: never, columns: () => 80, rows: () => 24, colour: false },
    isTerminal: false,
    hasKeyboard,
    // Nothing can be made there: whoever opens the store before it refuses is found out.
    env: { TARE_ROOT: "/proc/nowhere" },
    signal: AbortSignal.abort(),
  });
}

test("arguments that a command can not do without, or does not take, are asked for", async () => {
  const cases: readonly (readonly [Command, readonly string[], string])[] = [
    [build, [], "tare build requires exactly 1 argument, but got 0"],
    [build, [".", "x"], "tare build requires exactly 1 argument, but got 2"],
    [run, [], "tare run requires an image"],
    [rmi, [], "tare rmi requires at least 1 argument"],
    [sbom, [], "tare sbom requires exactly 1 argument, but got 0"],
    [sbom, ["a", "b"], "tare sbom requires exactly 1 argument, but got 2"],
    [weigh, [], "tare weigh requires exactly 1 argument, but got 0"],
    [why, ["a"], "tare why requires an image and at least 1 PATH, but got 1 arguments"],
    [save, [], "tare save requires at least 1 argument"],
    [inspect, [], "tare inspect requires at least 1 argument"],
    [history, [], "tare history requires exactly 1 argument, but got 0"],
    [history, ["a", "b"], "tare history requires exactly 1 argument, but got 2"],
    [diff, [], "tare diff takes 1 or 2 images, but got 0"],
    [diff, ["a", "b", "c"], "tare diff takes 1 or 2 images, but got 3"],
    [load, ["a"], "tare load takes no arguments, but got 1"],
    [load, [], "requested load from stdin, but stdin is empty"],
    [du, ["a"], "tare du takes no arguments, but got 1"],
    [tag, ["a"], "tare tag requires exactly 2 arguments, but got 1"],
    [tag, ["a", "b", "c"], "tare tag requires exactly 2 arguments, but got 3"],
  ];
  for (const [command, words, message] of cases)
    await assert.rejects(
      refused(command, words),
      (error: Error & { facts?: { hint?: string } }) =>
        error.message === message && error.facts?.hint !== undefined,
      message,
    );
});

test("values that mean nothing are refused", async () => {
  const cases: readonly (readonly [Command, readonly string[], string])[] = [
    [build, ["--host-ca=on", "."], 'invalid value "on" for --host-ca'],
    [save, ["--format=docker-dir", "i"], 'invalid value "docker-dir" for --format'],
    [save, ["--format=oci-dir", "i"], "oci-dir is a folder and needs -o FOLDER"],
    [save, ["-o", "", "i"], "--output is empty"],
    [inspect, ["--type=volume", "i"], 'invalid value "volume" for --type'],
    [inspect, ["-f", "{{.Id", "i"], "invalid template at column 1: the action is not closed: }} is missing"],
    [diff, ["--format", "{{.Nope}}", "i"], "invalid template at column 3: there is no field .Nope"],
    [du, ["--filter", "x"], 'invalid filter "x"'],
    [prune, ["--filter", "dangling=true"], 'invalid filter "dangling=true"'],
    [prune, ["--keep-storage=lots"], 'invalid value "lots" for --keep-storage'],
    [sbom, ["--format=syft", "i"], 'invalid value "syft" for --format'],
    [weigh, ["--max-unexplained=few", "i"], 'invalid value "few" for --max-unexplained'],
    [why, ["--format=xml", "i", "/"], 'invalid value "xml" for --format'],
    [build, ["--isolation", "vm", "."], 'invalid value "vm" for --isolation'],
    [build, ["--progress=fancy", "."], 'invalid progress mode "fancy"'],
    [build, ["--build-context", "base", "."], "--build-context base: a value is missing"],
    [run, ["--network=mine", "i"], 'invalid value "mine" for --network'],
    [run, ["-p", "80:x", "i"], 'invalid value "80:x" for --publish'],
    [run, ["-p", "1-2:3", "i"], 'invalid value "1-2:3" for --publish'],
    [run, ["-p", "70000:80", "i"], 'invalid value "70000:80" for --publish'],
    [run, ["-v", "d:/x", "i"], 'invalid volume name "d"'],
    [run, ["-v", "data:/x:nodev", "i"], 'invalid volume "data:/x:nodev"'],
    [run, ["--mount", "type=volume,src=../x,dst=/x", "i"], 'invalid volume name "../x"'],
    [ps, ["-n", "few"], 'invalid value "few" for --last'],
    [run, ["--name", "-x", "i"], 'invalid container name "-x"'],
    [run, ["--cap-add", "flying", "i"], 'invalid value "flying" for --cap-add'],
    [run, ["--tmpfs", "/x:size=much", "i"], 'invalid value "much" for --tmpfs'],
    [run, ["--mount", "type=bind,dst=/x", "i"], 'invalid value "type=bind,dst=/x" for --mount'],
    [run, ["--cpus", "0.001", "i"], 'invalid value "0.001" for --cpus'],
    [run, ["--cpus", "1", "--cpu-quota", "50000", "i"], 'invalid value "50000" for --cpu-quota'],
    [run, ["--cpuset-cpus", "0,", "i"], 'invalid value "0," for --cpuset-cpus'],
    [run, ["-c", "half", "i"], 'invalid value "half" for --cpu-shares'],
    [run, ["-m", "9m", "--memory-reservation", "10m", "i"], 'invalid value "10m" for --memory-reservation'],
    [run, ["--restart", "always", "i"], 'invalid value "always" for --restart'],
    [run, ["-d", "--rm", "--restart", "always", "i"], 'invalid value "always" for --restart'],
    [run, ["-d", "--restart", "daily", "i"], 'invalid restart policy "daily"'],
    [run, ["-m", "5m", "i"], 'invalid value "5m" for --memory'],
    [run, ["--memory-swap", "1g", "i"], 'invalid value "1g" for --memory-swap'],
    [run, ["-m", "1g", "--memory-swap", "1m", "i"], 'invalid value "1m" for --memory-swap'],
    [run, ["--pids-limit", "few", "i"], 'invalid value "few" for --pids-limit'],
    [run, ["--env-file", "/nonexistent", "i"], 'invalid value "/nonexistent" for --env-file'],
    [run, ["--health-interval", "soon", "i"], 'invalid value "soon" for --health-interval'],
    [run, ["-v", "a", "i"], 'invalid volume "a"'],
    [run, ["-v", "/a:b", "i"], 'invalid volume "/a:b"'],
    [run, ["-v", ":/b", "i"], 'invalid volume ":/b"'],
    [run, ["-v", "/a:/b:rw:z", "i"], 'invalid volume "/a:/b:rw:z"'],
    [run, ["-v/a:/b:nocopy", "i"], 'invalid volume "/a:/b:nocopy"'],
  ];
  for (const [command, words, message] of cases)
    await assert.rejects(refused(command, words), { code: "user-bad-flag", message }, message);
});

test("a terminal needs somebody who types", async () => {
  for (const words of [
    ["-t", "i"],
    ["-it", "i"],
    ["--tty", "i", "sh"],
  ])
    await assert.rejects(refused(run, words, false), {
      code: "user-bad-flag",
      message: "the input device is not a terminal",
    });
});
