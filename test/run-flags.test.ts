import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, ROOT, TARE } from "./harness.ts";
import { boxImage, container, skip, tare, until } from "./running.ts";

/** Runs a shell script in `run-box` to its end. */
function inBox(flags: readonly string[], script: string, input = "") {
  return tare(["run", "--rm", ...flags, "run-box", "sh", "-c", script], input);
}

test("flags of a process reach it", skip, () => {
  boxImage();
  using files = folder({ env: "# comment\nA=from file\nB=2\nHOME\n" });
  const flags = [
    ...["--env-file", join(files.path, "env"), "-e", "B=3", "--user", "12:34", "-w", "/work/deep"],
    ...[
      "--ulimit",
      "nofile=123:456",
      "--read-only",
      "--tmpfs",
      "/t:size=64k,mode=700",
      "--tmpfs",
      "/tmp:exec",
    ],
    ...["--hostname", "named", "--add-host", "db:10.1.2.3", "--dns", "9.9.9.9", "--dns-search", "."],
    ...["--group-add", "44", "--security-opt", "no-new-privileges"],
  ];
  const script =
    'echo "$A|$B|$(pwd)|$(ulimit -Sn)|$(ulimit -Hn)"; id -u; id -g; touch /x 2>/dev/null || echo closed; cp /bin/busybox /tmp/true && /tmp/true && echo open; grep -c " /t tmpfs rw,.*noexec.*size=64k,mode=700" /proc/mounts; cat /proc/sys/kernel/hostname; grep db /etc/hosts; head -n 1 /etc/resolv.conf; grep -E "^(Groups|NoNewPrivs)" /proc/self/status';
  const { stdout, stderr } = inBox(flags, script);
  const wanted = [
    "from file|3|/work/deep|123|456",
    "12",
    "34",
    "closed",
    "open",
    "1",
    "named",
    "10.1.2.3\tdb",
    "nameserver 9.9.9.9",
    "Groups:\t34 44 ",
    "NoNewPrivs:\t1",
  ];
  assert.deepEqual(stdout.trimEnd().split("\n"), wanted, stderr);
  writeFileSync(join(files.path, "env"), "no name=1\n");
  assert.match(inBox(flags, "true").stderr, /with no space in the name/);
});

test("capabilities are given and taken", skip, () => {
  boxImage();
  const bounding = (flags: readonly string[]) =>
    BigInt(`0x${/CapBnd:\s*(\w+)/.exec(inBox(flags, "cat /proc/self/status").stdout)?.[1] ?? "f"}`);
  const usual = bounding([]);
  assert.equal(bounding(["--cap-drop", "all"]), 0n);
  assert.equal(bounding(["--cap-drop", "ALL", "--cap-add", "net_raw"]), 1n << 13n);
  assert.equal(bounding(["--cap-add", "SYS_PTRACE", "--cap-drop", "CHOWN"]), (usual | (1n << 19n)) & ~1n);
});

test("further processes get what they are asked for", skip, async () => {
  using made = container("run-joined", ["--tmpfs", "/tmp", "-w", "/bin"], ["sleep", "1000"]);
  const joined = tare([
    "exec",
    "-w",
    "/tmp",
    "-e",
    "K=v",
    "-u",
    "5:6",
    made.id,
    "sh",
    "-c",
    "pwd; echo $K; id -u; id -g",
  ]);
  assert.equal(joined.stdout, "/tmp\nv\n5\n6\n");
  assert.equal(tare(["exec", made.id, "sh", "-c", "pwd; cat"], "not typed").stdout, "/bin\n");
  assert.equal(tare(["exec", "-i", made.id, "cat"], "typed").stdout, "typed");
  assert.equal(tare(["exec", "-d", made.id, "touch", "/tmp/alone"]).status, 0);
  await until(() => tare(["exec", made.id, "test", "-e", "/tmp/alone"]).status === 0);
  for (const how of [[], ["-d"]]) {
    const missing = tare(["exec", ...how, made.id, "no-such-program"]);
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /^ERROR: no-such-program does not exist in the image\nhint: [^\n]*\n$/);
  }
  assert.match(tare(["exec", "-t", made.id, "true"]).stderr, /not a terminal/);
  // Node, which looks for this flag by itself, would say "not found" and end with 9.
  const gone = tare(["exec", "--env-file", "/gone", made.id, "true"]);
  assert.deepEqual(
    [gone.status, gone.stderr.split("\n")[0]],
    [1, 'ERROR: invalid value "/gone" for --env-file'],
  );
});

test("a log is followed until the end, with the last lines, their times and since when", skip, async () => {
  const script = "echo one; echo two; until test -e /tmp/go; do sleep 0.05; done; echo three";
  using made = container("run-logged", ["--tmpfs", "/tmp"], ["sh", "-c", script]);
  const logs = (...flags: string[]) => tare(["logs", ...flags, made.id]).stdout;
  await until(() => logs() === "one\ntwo\n");
  const follower = spawn(TARE, ["logs", "-f", "-n", "1", made.id], {
    env: { ...process.env, TARE_ROOT: ROOT },
  });
  let said = "";
  follower.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await until(() => said === "two\n");
  const closed = once(follower, "close");
  tare(["exec", made.id, "touch", "/tmp/go"]);
  assert.deepEqual(await closed, [0, null]);
  assert.equal(said, "two\nthree\n");
  const lines = logs("-t").trimEnd().split("\n");
  assert.match(lines[0] as string, /^\d{4}-\d\d-\d\dT[\d:.]+Z one$/);
  const [moment = ""] = (lines[2] as string).split(" ");
  assert.equal(logs("--since", moment), "three\n");
  assert.equal(logs("--until", moment), "one\ntwo\n");
});

/** What a terminal of 77 columns shows of a container, when `typed` is typed once it has said "ready". */
async function onTerminal(flags: readonly string[], script: string, typed: string): Promise<string> {
  const words = [TARE, "run", "--rm", "-it", ...flags, "run-box", "sh", "-c", `'${script}'`].join(" ");
  const child = spawn("script", ["-qec", `stty rows 33 cols 77; exec ${words}`, "/dev/null"], {
    env: { ...process.env, TARE_ROOT: ROOT, SHELL: "/bin/sh" },
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const closed = once(child, "close");
  await until(() => said.includes("ready") || child.exitCode !== null);
  child.stdin.write(typed);
  const [code] = (await closed) as [number];
  return `${said.replaceAll("\r", "")}${code}`;
}

for (const isolation of ["oci", "chroot"])
  test(`a terminal has its size, ^C, ^\\ and ^D: ${isolation}`, skip, async () => {
    boxImage();
    const flags = ["--isolation", isolation];
    const interrupted =
      'trap "echo caught; exit 7" INT QUIT; stty size; echo ready; while :; do sleep 0.05; done';
    for (const key of ["\x03", "\x1c"])
      assert.match(await onTerminal(flags, interrupted, key), /^33 77\nready\n\^[C\\](Quit\n)?caught\n7$/);
    assert.match(await onTerminal(flags, "echo ready; cat; exit 3", "\x04"), /^ready\n3$/);
  });

test("a terminal that changes its size tells the process", skip, async () => {
  boxImage();
  using files = folder({});
  const name = join(files.path, "tty");
  const script = 'trap "" INT; echo ready; until [ "$(stty size)" = "20 50" ]; do sleep 0.05; done; exit 4';
  const words = `tty >${name}; exec ${TARE} run --rm -it run-box sh -c '${script}'`;
  const child = spawn("script", ["-qec", words, "/dev/null"], {
    env: { ...process.env, TARE_ROOT: ROOT, SHELL: "/bin/sh" },
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const closed = once(child, "close");
  await until(() => said.includes("ready"));
  spawn("sh", ["-c", `stty -F $(cat ${name}) rows 20 cols 50`]);
  assert.deepEqual(await closed, [4, null]);
});
