import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { plannedNetwork } from "./container-network.ts";
import type { PortMapping, RunJob } from "./run-request.ts";

const EMPTY_PATH = "/nonexistent";

function job(port: Partial<PortMapping>, network?: RunJob["network"]): RunJob {
  const ports: readonly PortMapping[] = [{ hostPort: 0, containerPort: 80, protocol: "tcp", ...port }];
  return { root: "/", image: "app", ports, ...(network && { network }) } as RunJob;
}

test("a network that was asked for is never replaced by this machine's", async () => {
  const planned = await plannedNetwork(job({}), EMPTY_PATH);
  assert.deepEqual([planned.network, planned.notices.length], ["host", 1]);
  const wanted = await plannedNetwork(job({}, "private"), EMPTY_PATH);
  assert.deepEqual([wanted.network, wanted.notices.length], ["private", 0]);
  await assert.rejects(plannedNetwork(job({}, "none"), EMPTY_PATH), { code: "user-bad-flag" });
});

const hasIpv6 = networkInterfaces().lo?.some(({ family }) => family === "IPv6");

for (const protocol of ["tcp", "udp"] as const) {
  const skip = hasIpv6 ? {} : { skip: "this machine has no IPv6" };
  test(`a free port is found at addresses of both kinds: ${protocol}`, skip, async () => {
    for (const address of ["127.0.0.1", "::1"]) {
      const { ports } = await plannedNetwork(job({ protocol, address }, "private"), EMPTY_PATH);
      assert.ok((ports[0]?.hostPort ?? 0) > 0);
    }
  });
  test(`an address of another machine is refused: ${protocol}`, async () => {
    const asked = job({ protocol, address: "192.0.2.1" }, "private");
    await assert.rejects(plannedNetwork(asked, EMPTY_PATH), { code: "user-conflict" });
  });
}
