import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerDetails } from "../api/index.ts";
import { containerView } from "./inspect-container-view.ts";
import { compileTemplate } from "./template-evaluate.ts";
import { jsonOf } from "./template-values.ts";

const RECORD: ContainerDetails["record"] = {
  id: "ab".repeat(32),
  name: "web",
  image: "shop",
  imageId: `sha256:${"cd".repeat(32)}`,
  layers: [],
  command: ["serve", "-v"],
  created: 0,
  labels: { b: "2", a: "1" },
  ports: [],
  mounts: [],
  network: "private",
  detached: true,
  terminal: false,
  stopSignal: "SIGTERM",
  stopTimeout: 10,
};
const PROCESS: NonNullable<ContainerDetails["record"]["process"]> = {
  ...{ env: ["A=b"], workdir: "/srv", user: "7", hostname: "box", capAdd: [], capDrop: ["ALL"] },
  binds: [{ source: "/data", target: "/d", readonly: true }],
  published: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" }],
  ...{ readonlyRoot: true, init: false, removed: false, limits: { memory: 100, cpus: 1.5 } },
};

function view(
  more: Partial<ContainerDetails["record"]>,
  state: ContainerDetails["state"],
  status: ContainerDetails["status"],
) {
  return containerView({ record: { ...RECORD, ...more }, state, status, log: "/log" });
}

test("templates that people have for docker work on containers", () => {
  const running = view({ process: PROCESS }, { status: "running", startedAt: 0 }, "running");
  const shown = (template: string) => compileTemplate(template).render(running);
  assert.equal(shown('{{.Name}} {{.Path}} {{join .Args " "}}'), "/web serve -v");
  assert.equal(
    shown("{{.State.Running}} {{.State.Health}} {{.State.FinishedAt}}"),
    "true <nil> 0001-01-01T00:00:00Z",
  );
  assert.equal(shown('{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}'), "8080");
  assert.equal(
    shown("{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}}"),
    "100 200 1500000000",
  );
  assert.equal(shown("{{range .Mounts}}{{.Source}}:{{.Destination}} {{.RW}}{{end}}"), "/data:/d false");
  assert.equal(
    shown("{{range .Mounts}}{{.Type}}{{.Name}}{{end}} {{json .Mounts}}").replace(/"Source.*/, ""),
    'bind [{"Type":"bind",',
  );
  assert.match(jsonOf(running), /"Labels":\{"a":"1","b":"2"\}/);
  assert.ok(!jsonOf(running).includes("Health"));
});

test("one that has ended has no ports, and a record of an earlier version is shown as far as it goes", () => {
  const state = { status: "exited", exitCode: 137, isOutOfMemory: true } as const;
  const ended = view({ process: PROCESS }, state, "exited");
  assert.equal(
    compileTemplate("{{.State.OOMKilled}} {{.State.ExitCode}} {{len .NetworkSettings.Ports}}").render(ended),
    "true 137 0",
  );
  assert.equal(
    compileTemplate("{{.HostConfig.Binds}} {{.Config.Env}}").render(view({}, state, "exited")),
    "[] []",
  );
});
