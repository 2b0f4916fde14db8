import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectorsIn } from "../src/sandbox/index.ts";
import { openStore } from "../src/store/index.ts";
import { exchange } from "./containers.ts";
import { freePort } from "./free-port.ts";
import { isRoot, ROOT } from "./harness.ts";
import { container, skip, tare, until } from "./running.ts";

/** What is there of processes that joined a container. */
function joinFiles(id: string): readonly string[] {
  return readdirSync(join(ROOT, "containers", id, "files")).filter((name) => /^[0-9a-f]{26}\./.test(name));
}

function isRunning(command: string): boolean {
  const wanted = `${command.replaceAll(" ", "\0")}\0`;
  return readdirSync("/proc").some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8") === wanted;
    } catch {
      return false;
    }
  });
}

for (const isolation of ["oci", "chroot"])
  test(
    `a detached container is listed, logged, joined, stopped and removed: ${isolation}`,
    skip,
    async () => {
      const name = `run-${isolation}`;
      const script = 'trap "echo bye >/dev/stderr; exit 4" TERM; echo $K; while :; do sleep 0.1; done';
      const flags = ["--isolation", isolation, "-e", "K=v", "--read-only", "--tmpfs", "/tmp", "-l", "a=b"];
      using made = container(name, flags, ["sh", "-c", script]);
      const listed = tare(["ps", "--filter", "label=a=b", "--filter", `name=${name}`, "--no-trunc", "-q"]);
      assert.equal(listed.stdout, `${made.id}\n`);
      assert.equal(tare(["run", "--name", name, "run-box", "true"]).status, 125);
      const joined = ["exec", "-i", "-e", "L=w", name, "sh", "-c", "echo $K $L; cat; touch /x; exit 3"];
      const { status, stdout } = tare(joined, "typed\n");
      assert.deepEqual([status, stdout], [3, "v w\ntyped\n"]);
      assert.equal(tare(["exec", name, "no-such-program"]).status, 127);
      assert.equal(tare(["exec", "-d", name, "sleep", "0"]).status, 0);
      await until(() => joinFiles(made.id).length === 0);
      assert.equal(tare(["rm", name]).status, 1);
      // What a running container uses stays.
      assert.equal(tare(["prune", "--all"]).status, 0);
      assert.equal(tare(["exec", name, "true"]).status, 0);
      assert.equal(tare(["stop", name]).stdout, `${name}\n`);
      assert.equal(tare(["wait", name]).stdout, "4\n");
      const { stdout: out, stderr: err } = tare(["logs", name]);
      assert.deepEqual([out, err], ["v\n", "bye\n"]);
      assert.match(
        tare(["ps", "-a", "--format", "{{.Names}} {{.Status}}"]).stdout,
        new RegExp(`${name} Exited \\(4\\)`),
      );
      assert.equal(tare(["rm", name]).status, 0);
      assert.equal(tare(["logs", name]).status, 1);
    },
  );

test("who waits is told the exit code, and --rm leaves nothing", skip, async () => {
  for (const code of [0, 6]) {
    using made = container("run-waited", ["--rm"], ["sh", "-c", `sleep 1; exit ${code}`]);
    assert.equal(tare(["wait", made.id]).stdout, `${code}\n`);
    await until(() => !tare(["ps", "-aq", "--no-trunc"]).stdout.includes(made.id));
  }
});

test("of a container whose engine is killed nothing is left but its record", skip, async () => {
  using made = container("run-killed", [], ["sleep", "9876"]);
  const record = (await openStore(ROOT)).containers.find(made.id).record;
  assert.ok(isRunning("sleep 9876"));
  process.kill(record.launcher as number, "SIGKILL");
  const status = () => tare(["ps", "-a", "--filter", "name=run-killed", "--format", "{{.Status}}"]).stdout;
  await until(() => status() === "Dead\n");
  assert.equal(tare(["wait", "run-killed"]).stdout, "137\n");
  assert.equal(tare(["rm", "run-killed"]).status, 0);
  await until(() => !isRunning("sleep 9876"));
  assert.ok(!existsSync(join(ROOT, "containers", made.id)));
});

for (const isolation of ["oci", "chroot"])
  test(`a container is started again as often as it may be: ${isolation}`, skip, () => {
    const flags = ["--isolation", isolation, "--restart", "on-failure:1", "--tmpfs", "/tmp"];
    using made = container("run-again", flags, ["sh", "-c", "echo >>/run; wc -l </run; exit 3"]);
    assert.equal(tare(["wait", made.id]).stdout, "3\n");
    // Its file system is the same one.
    assert.equal(tare(["logs", made.id]).stdout, "1\n2\n");
    const format = "{{.RestartCount}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}";
    assert.equal(tare(["inspect", "-f", format, made.id]).stdout, "1 exited on-failure\n");
  });

test("health is checked", skip, async () => {
  const flags = ["--health-interval", "100ms", "--health-retries", "2", "--tmpfs", "/tmp"];
  using _made = container("run-health", flags, ["sleep", "1000"]);
  const is = (health: string) =>
    tare(["ps", "-q", "--filter", `health=${health}`, "--filter", "name=run-health"]).stdout !== "";
  await until(() => is("unhealthy"));
  assert.equal(tare(["exec", "run-health", "touch", "/tmp/well"]).status, 0);
  await until(() => is("healthy"));
});

// By a network of its own, or where a user may not have one by what watches over it.
test("a published port leads into the container, by TCP and by UDP", skip, async () => {
  // A port that the kernel itself gives away is no port to be published by UDP.
  const [outer, inner, datagrams] = [await freePort(), randomInt(10_000, 20_000), randomInt(20_000, 30_000)];
  const answer = `perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => ${inner}, Proto => "udp"); $s->send("answer\\n") while $s->recv($d, 9)'`;
  const serve = `${answer} & while :; do echo inside | nc -l -p ${inner}; done`;
  const perl = ["/usr", "/lib", "/lib64"].filter(existsSync).flatMap((path) => ["-v", `${path}:${path}:ro`]);
  // slirp4netns lets no answer through to this machine itself, and is not asked to.
  const isAnswered = !isRoot || connectorsIn(process.env.PATH ?? "")[0] === "pasta";
  const ports = [`127.0.0.1:${outer}:${inner}`];
  if (isAnswered) ports.push(`127.0.0.1:${datagrams}:${inner}/udp`);
  using _made = container(
    "run-port",
    [...perl, ...ports.flatMap((port) => ["-p", port])],
    ["sh", "-c", serve],
  );
  assert.match(tare(["ps"]).stdout, new RegExp(`127\\.0\\.0\\.1:${outer}->${inner}/tcp`));
  let said = "";
  await until(async () => {
    said = await exchange(outer, "").catch(() => "");
    return said !== "";
  });
  assert.equal(said, "inside\n");
  if (isAnswered) assert.equal(await asked(datagrams), "answer\n");
  const { status, stderr } = tare(["run", "--rm", "-p", `127.0.0.1:${outer}:1`, "run-box", "true"]);
  assert.equal(status, 125);
  assert.match(stderr, /published by the container run-port\nhint: .*tare stop run-port/);
});

/** Sends a datagram to a port of the loopback until something comes back; each from a new port, as connectors remember failures. */
async function asked(port: number): Promise<string> {
  let said = "";
  await until(async () => {
    const socket = createSocket("udp4", (message) => {
      said = message.toString();
    });
    socket.send("?\n", port, "127.0.0.1");
    await sleep(100);
    socket.close();
    return said !== "";
  });
  return said;
}
