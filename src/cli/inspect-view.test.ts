import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageDetails } from "../api/index.ts";
import { historyRows } from "./history-rows.ts";
import { inspectView } from "./inspect-view.ts";
import { compileTemplate } from "./template-evaluate.ts";
import { jsonOf } from "./template-values.ts";

const ID = `sha256:${"ab".repeat(32)}` as const;

function details(config: object, more: Partial<ImageDetails> = {}): ImageDetails {
  const whole = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [ID] }, ...config };
  return { id: ID, references: [], config: whole as never, size: 7, storedAt: 0, ...more };
}

test("the fields are Docker's, and in JSON those that Docker leaves out are not there", () => {
  const view = inspectView(
    details(
      {
        created: "2020-01-01T00:00:00Z",
        config: { Env: ["A=b"], Labels: { z: "1", a: "2" }, ExposedPorts: { "80/tcp": {} }, Cmd: null },
        history: [{ comment: "first" }, { comment: "buildkit.dockerfile.v0" }],
      },
      {
        references: [
          { domain: "docker.io", path: "library/app", tag: "1" },
          { domain: "docker.io", path: "library/app", tag: "2" },
        ],
        manifest: ID,
      },
    ),
  );
  const json = JSON.parse(jsonOf(view));
  assert.deepEqual(json.RepoTags, ["app:1", "app:2"]);
  assert.deepEqual(json.RepoDigests, [`app@${ID}`]);
  const [reference] = [{ domain: "docker.io", path: "library/app", tag: "1" }];
  const index = `sha256:${"cd".repeat(32)}` as const;
  const named = details({}, { references: [reference], manifest: ID, roots: [{ reference, digest: index }] });
  assert.deepEqual(JSON.parse(jsonOf(inspectView(named))).RepoDigests, [`app@${index}`]);
  assert.equal(json.Comment, "buildkit.dockerfile.v0");
  assert.deepEqual([json.Config.Cmd, json.Config.OnBuild, json.Config.Volumes], [null, null, null]);
  for (const absent of ["Healthcheck", "StopSignal", "Shell", "ArgsEscaped"])
    assert.ok(!(absent in json.Config), absent);
  assert.ok(!("Variant" in json));
  assert.equal(
    compileTemplate("{{.Config.StopSignal}}|{{.Config.Healthcheck}}|{{.Config.Volumes}}|{{.Variant}}").render(
      view,
    ),
    "|<nil>|map[]|",
  );
  assert.match(jsonOf(view), /"Labels":\{"a":"2","z":"1"\}/);
});

test("a config that is odd in every place is shown as far as it makes sense", () => {
  const odd = {
    config: { Env: 3, Cmd: "ls", Labels: [], Volumes: "x", Healthcheck: 1 },
    history: "x",
    comment: {},
  };
  const json = JSON.parse(jsonOf(inspectView(details(odd))));
  assert.deepEqual(
    [json.Config.Env, json.Config.Cmd, json.Config.Volumes, json.Comment],
    [null, ["ls"], null, ""],
  );
  assert.doesNotThrow(() => inspectView(details({ config: null, history: [null] })));
});

test("steps have Docker's columns; a long command is cut", () => {
  const steps = [
    {
      id: ID,
      created: "2020-01-01T00:00:00.123Z",
      createdBy: `RUN ${"x".repeat(60)}`,
      comment: "c",
      size: 1500,
    },
    { createdBy: "COPY a b", comment: "", size: 0 },
  ];
  const now = Date.parse("2020-01-01T02:00:00Z");
  assert.deepEqual(historyRows(steps, { now, truncate: true, human: true }), [
    {
      ID: "abababababab",
      CreatedSince: "2 hours ago",
      CreatedAt: "2020-01-01T00:00:00Z",
      CreatedBy: `RUN ${"x".repeat(40)}…`,
      Size: "1.5kB",
      Comment: "c",
    },
    { ID: "<missing>", CreatedSince: "N/A", CreatedAt: "", CreatedBy: "COPY a b", Size: "0B", Comment: "" },
  ]);
  const [raw] = historyRows(steps, { now, truncate: false, human: false });
  assert.deepEqual([raw?.ID, raw?.CreatedSince, raw?.Size], [ID, "2020-01-01T00:00:00Z", "1500"]);
});
