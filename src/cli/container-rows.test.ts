import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerSummary } from "../api/index.ts";
import { CONTAINER_HEADERS, containerRows, filterContainers } from "./container-rows.ts";
import { printRows } from "./rows.ts";

const WEB: ContainerSummary = {
  id: "ab".repeat(32),
  name: "web",
  image: "shop",
  imageId: `sha256:${"cd".repeat(32)}`,
  command: ["serve", "--with", "many words"],
  created: Date.UTC(2026, 0, 7),
  startedAt: Date.UTC(2026, 0, 7),
  status: "running",
  health: "healthy",
  labels: { a: "1", b: "2" },
  ports: ["0.0.0.0:8080->80/tcp"],
  mounts: ["/data", "a-volume-with-a-long-name"],
  mountPoints: ["/data", "/v"],
  localVolumes: 1,
  size: { written: 1000, image: 2000 },
  network: "private",
};

test("a row says what docker says, in its words", () => {
  const [row] = containerRows([WEB], { now: Date.UTC(2026, 0, 7, 2), truncate: true });
  assert.deepEqual(row, {
    ID: "abababababab",
    Image: "shop",
    Command: `"serve --with 'many …"`,
    RunningFor: "2 hours ago",
    CreatedAt: "2026-01-07 00:00:00 +0000 UTC",
    Status: "Up 2 hours (healthy)",
    State: "running",
    Ports: "0.0.0.0:8080->80/tcp",
    Names: "web",
    Labels: "a=1,b=2",
    Mounts: "/data,a-volume-with-…",
    Networks: "private",
    LocalVolumes: "1",
    Size: "1kB (virtual 3kB)",
  });
});

test("a template asks for a label by its name", () => {
  const lines: string[] = [];
  printRows(containerRows([{ ...WEB, labels: { "org.my-team": "us" } }], { now: 0, truncate: true }), {
    format: 'table {{.Names}}\t{{.Label "org.my-team"}}\t{{.Label "no"}}{{.LocalVolumes}}',
    columns: [],
    headers: CONTAINER_HEADERS,
    out: (line) => lines.push(line),
  });
  assert.deepEqual(lines, ["NAMES   my team   noLOCAL VOLUMES\n", "web     us        1\n"]);
});

test("one that has ended has no ports; killed with its watcher it is dead", () => {
  const at = { now: Date.UTC(2026, 0, 7, 2), truncate: false };
  const ended = { ...WEB, status: "exited", exitCode: 137, finishedAt: Date.UTC(2026, 0, 7, 1) } as const;
  const rows = containerRows([ended, { ...WEB, status: "dead" }], at);
  assert.deepEqual(
    rows.map(({ ID, Status, Ports }) => [String(ID).length, Status, Ports]),
    [
      [64, "Exited (137) About an hour ago", ""],
      [64, "Dead", ""],
    ],
  );
});

test("a volume is found by its name and by its place, a folder by its own and its place", () => {
  const mounted = { ...WEB, mounts: ["data", "/srv"], mountPoints: ["/v", "/d"] };
  const kept = (filter: string) => filterContainers([mounted], [filter]).length === 1;
  assert.deepEqual(
    ["data", "/v", "/srv", "/d", "/x"].map((place) => kept(`volume=${place}`)),
    [true, true, true, true, false],
  );
});

test("ports are filtered by their numbers and protocols, those of this machine or those of the container", () => {
  const ports = ["0.0.0.0:8080->80/tcp", "127.0.0.1:53->5353/udp", "9000/tcp"];
  const kept = (filter: string) => filterContainers([{ ...WEB, ports }], [filter]).length === 1;
  const publish = ["8080", "8080/tcp", "8000-8100", "53/udp", "80", "53", "8080/udp", "9000"];
  assert.deepEqual(
    publish.map((port) => kept(`publish=${port}`)),
    [...Array(4).fill(true), ...Array(4).fill(false)],
  );
  const expose = ["80", "5353/udp", "9000", "70-90/tcp", "8080", "5353"];
  assert.deepEqual(
    expose.map((port) => kept(`expose=${port}`)),
    [...Array(4).fill(true), false, false],
  );
  for (const filter of ["publish=", "publish=x", "expose=80/sctp", "publish=0.0.0.0:80"])
    assert.throws(() => kept(filter), { code: "user-bad-flag" });
});
