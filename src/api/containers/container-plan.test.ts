import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenedImage } from "../../solver/index.ts";
import { containerPlan } from "./container-plan.ts";
import type { RunJob } from "./run-request.ts";

const IMAGE = {
  id: `sha256:${"0".repeat(64)}`,
  config: {
    config: {
      Cmd: ["serve"],
      ExposedPorts: { "80/tcp": {}, "53/udp": {}, "7/sctp": {} },
      Volumes: { "/data": {} },
      StopSignal: "QUIT",
    },
  },
  files: { layers: [] },
} as unknown as OpenedImage;

function planned(job: Partial<RunJob>) {
  const facts = {
    image: IMAGE,
    name: "web",
    now: 0,
    path: "",
    containers: [],
    userNamespace: false,
    folderOf: (name: string) => `/v/${name}`,
  };
  return containerPlan({ root: "/store", image: "shop", network: "private", ...job }, facts);
}

test("every exposed port is published at one that is free, unless it has one already", async () => {
  const { record } = await planned({
    publishAll: true,
    exposed: ["99", "80/tcp"],
    ports: [{ address: "127.0.0.1", hostPort: 0, containerPort: 53, protocol: "udp" }],
  });
  const inside = new Set(record.ports.map((port) => port.replace(/^.*->/, "")));
  assert.deepEqual([...inside].sort(), ["53/udp", "80/tcp", "99/tcp"]);
  assert.equal(record.ports.filter((port) => port.endsWith("->53/udp")).length, 1);
  assert.deepEqual((await planned({ exposed: ["99"] })).record.ports, []);
});

test("what a container sees of this machine is in its record, volumes by their names", async () => {
  const storeVolumes = [{ name: "data", target: "/data", readonly: false }];
  const { record } = await planned({
    storeVolumes,
    volumes: [{ source: "/etc", target: "/e", readonly: true }],
  });
  assert.deepEqual(record.mounts, ["/etc", "data"]);
  assert.equal(record.stopSignal, "SIGQUIT");
});
