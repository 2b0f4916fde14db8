import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TareError } from "../../base/index.ts";
import type { StoredContainer } from "../../store/index.ts";
import { plannedNetwork, portText } from "./container-network.ts";
import { firstPortForAll } from "./host-ports.ts";
import type { PortMapping, RunJob } from "./run-request.ts";

/** Nothing is installed. */
const BARE = { path: "/nonexistent", containers: [], userNamespace: false };

function job(port: Partial<PortMapping>, network?: RunJob["network"]): RunJob {
  const ports: readonly PortMapping[] = [{ hostPort: 0, containerPort: 80, protocol: "tcp", ...port }];
  return { root: "/", image: "app", ports, ...(network && { network }) } as RunJob;
}

test("a network that was asked for is never replaced by this machine's", async () => {
  const planned = await plannedNetwork(job({}), BARE);
  assert.deepEqual([planned.network, planned.notices.length], ["host", 1]);
  assert.deepEqual(planned.forwarded, planned.published);
  const { notices } = await plannedNetwork(job({}), { ...BARE, userNamespace: true });
  // Where all ports are for users there is nothing to tell.
  assert.equal(/; a port below \d+ is not for users/.test(notices[0] ?? ""), firstPortForAll() > 80);
  const wanted = await plannedNetwork(job({}, "private"), BARE);
  assert.deepEqual([wanted.network, wanted.notices.length], ["private", 0]);
  await assert.rejects(plannedNetwork(job({}, "none"), BARE), { code: "user-bad-flag" });
});

test("a network of its own needs an open device; a port that is the process's own is not passed on", async () => {
  using tools = temporary();
  for (const name of ["pasta", "tun"]) writeFileSync(join(tools.path, name), "", { mode: 0o755 });
  const facts = { path: tools.path, containers: [], userNamespace: false, device: join(tools.path, "tun") };
  assert.equal((await plannedNetwork(job({}), facts)).network, "private");
  const closed = { ...facts, device: join(tools.path, "none") };
  const own = await freePort();
  const same = await plannedNetwork(job({ hostPort: own, containerPort: own }), closed);
  assert.deepEqual([same.network, same.published.length > 0, same.forwarded.length], ["host", true, 0]);
  assert.match(
    same.notices[0] as string,
    /none, which pasta needs, can not be opened \(ENOENT\), so the process shares/,
  );
});

test("a port of all addresses is published at those of both versions, by way of the older one", async () => {
  const port = await freePort();
  const both = await plannedNetwork(job({ hostPort: port }, "private"), { ...BARE, hasIpv6: true });
  const older = { address: "0.0.0.0", hostPort: port, containerPort: 80, protocol: "tcp" };
  assert.deepEqual(both.ports, [older]);
  assert.deepEqual(both.published, [older, { ...older, address: "::" }]);
  assert.deepEqual(both.forwarded, [{ ...older, address: "::", containerPort: port }]);
  assert.deepEqual(both.published.map(portText), [`0.0.0.0:${port}->80/tcp`, `[::]:${port}->80/tcp`]);
  const one = await plannedNetwork(job({ hostPort: port }, "private"), { ...BARE, hasIpv6: false });
  assert.deepEqual([one.published, one.forwarded], [[older], []]);
});

test("a service of this machine is never published in the place of the process", async () => {
  await using server = await listening();
  await assert.rejects(plannedNetwork(job({ containerPort: server.port }), BARE), {
    code: "user-conflict",
    message: `the container shares this machine's network, where port ${server.port}/tcp is in use`,
  });
  const own = await plannedNetwork(job({ containerPort: server.port }, "private"), BARE);
  assert.equal(own.network, "private");
});

test("a port is published once", async () => {
  const twice = [80, 81].map((containerPort) => ({ hostPort: 48_100, containerPort, protocol: "tcp" }));
  await assert.rejects(plannedNetwork({ ...job({}), ports: twice } as RunJob, BARE), {
    code: "user-bad-flag",
    message: /port 48100\/tcp of this machine is published twice/,
  });
});

test("who has a port that is taken is told, as far as that is known", async () => {
  await using server = await listening();
  const asked = job({ hostPort: server.port, address: "127.0.0.1" });
  await assert.rejects(plannedNetwork(asked, BARE), ({ message, facts }: TareError) => {
    assert.match(message, /is in use$/);
    assert.match(facts.hint ?? "", new RegExp(`ss -tlnp sport = :${server.port}`));
    return true;
  });
  const record = {
    name: "web",
    process: { published: [{ hostPort: server.port, containerPort: 1, protocol: "tcp" }] },
  };
  const containers = [{ alive: true, record } as unknown as StoredContainer];
  await assert.rejects(plannedNetwork(asked, { ...BARE, containers }), /published by the container web/);
});

async function listening(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void (await once(server.close(), "close")) };
}

async function freePort(): Promise<number> {
  await using server = await listening();
  return server.port;
}

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tare-network-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const hasIpv6 = networkInterfaces().lo?.some(({ family }) => family === "IPv6");

for (const protocol of ["tcp", "udp"] as const) {
  test(`a free port is found at addresses of both kinds: ${protocol}`, async () => {
    for (const address of ["127.0.0.1", ...(hasIpv6 ? ["::1"] : [])]) {
      const { ports } = await plannedNetwork(job({ protocol, address }, "private"), BARE);
      assert.ok((ports[0]?.hostPort ?? 0) > 0);
    }
  });
  test(`an address of another machine is refused: ${protocol}`, async () => {
    const asked = job({ protocol, address: "192.0.2.1" }, "private");
    await assert.rejects(plannedNetwork(asked, BARE), { code: "user-conflict" });
  });
}
