import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { TareError } from "../../base/index.ts";
import { openAgents } from "./agents.ts";
import { removeLeftAgents } from "./left-agents.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "agents-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A folder as an agent has it; the socket answers until the server is closed, and stays behind. */
async function agent(t: TestContext, path: string): Promise<() => Promise<void>> {
  mkdirSync(path);
  const server = createServer((client) => client.end());
  await new Promise<void>((resolve) => server.listen(join(path, "bound"), resolve));
  // Closing removes the name that was bound, as a kill would not.
  linkSync(join(path, "bound"), join(path, "socket"));
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  t.after(() => server.listening && close());
  return close;
}

test("what a killed build left goes when the next one starts, what others use stays", async (t) => {
  const path = folder(t);
  await agent(t, join(path, "tare-agent-used"));
  await (await agent(t, join(path, "tare-agent-left")))();
  await (await agent(t, join(path, "other-left")))();
  mkdirSync(join(path, "tare-agent-begun"));
  mkdirSync(join(path, "tare-agent-never-begun"));
  utimesSync(join(path, "tare-agent-never-begun"), 1, 1);
  writeFileSync(join(path, "tare-agent-file"), "");
  await removeLeftAgents(path, statSync(path).uid + 1);
  assert.equal(readdirSync(path).length, 6);
  await removeLeftAgents(path, statSync(path).uid);
  assert.deepEqual(readdirSync(path).sort(), [
    "other-left",
    "tare-agent-begun",
    "tare-agent-file",
    "tare-agent-used",
  ]);
  await removeLeftAgents(join(path, "none"), 0);
});

test("the program that is missing is named, with the package that has it", async (t) => {
  const path = folder(t);
  const key = join(path, "key");
  writeFileSync(key, "");
  const missing = () =>
    openAgents({ default: [key] }, { PATH: path }).then(
      () => undefined,
      (error: unknown) =>
        error instanceof TareError ? `${error.code} ${error.message} | ${error.facts.hint}` : String(error),
    );
  assert.match(
    (await missing()) ?? "",
    /^environment-missing setpriv is not installed.* \| install util-linux, or/,
  );
  for (const program of ["setpriv", "setsid"]) {
    writeFileSync(join(path, program), "");
    chmodSync(join(path, program), 0o755);
  }
  assert.match((await missing()) ?? "", /^environment-missing ssh-agent .* \| install openssh-client, or/);
});

test("an agent with keys does not outlive a process that is killed", { timeout: 30_000 }, async (t) => {
  const key = join(folder(t), "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const script = `import { openAgents } from ${JSON.stringify(new URL("agents.ts", import.meta.url))};
const { sockets } = await openAgents({ default: [${JSON.stringify(key)}] }, process.env);
process.stdout.write(sockets.default);
setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
  t.after(() => child.kill("SIGKILL"));
  const [socket] = (await once(child.stdout, "data")) as [Buffer];
  t.after(() => rmSync(dirname(socket.toString()), { recursive: true, force: true }));
  child.kill("SIGKILL");
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const call = connect(socket.toString(), () => resolve(true)).once("error", () => resolve(false));
      call.unref();
    });
  while (await answers()) await sleep(20);
});
