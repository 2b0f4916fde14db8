import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { TareError } from "../src/api/index.ts";
import { buildImage, configOf, filesOf, folder, TARE } from "./harness.ts";

const DOCKERFILE = "FROM gcr.io/distroless/static-debian12:nonroot\nCOPY app /\n";
const SETTINGS = "bases:\n  well-known: true\n  map: { 'registry.example.com/base/*': ./bases/web.yaml }\n";

function notices(events: readonly { readonly type: string }[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === "notice" ? [(event as unknown as { message: string }).message] : [],
  );
}

test("the same Dockerfile is composed with tare.yaml, and looked for without", async () => {
  const elsewhere = SETTINGS.replace("registry.example.com/base/*", "localhost:1/base/*");
  const mapped = { Dockerfile: "FROM localhost:1/base/web\n", "bases/web.yaml": "extends: static\n" };
  using without = folder(mapped);
  await assert.rejects(buildImage({ context: without.path }), { code: "registry-unreachable" });
  using asked = folder({ ...mapped, "tare.yaml": elsewhere });
  await buildImage({ context: asked.path });
  using with_ = folder({ Dockerfile: DOCKERFILE, app: "a", "tare.yaml": SETTINGS });
  const built = await buildImage({ context: with_.path });
  assert.deepEqual(notices(built.events), [
    "FROM gcr.io/distroless/static-debian12:nonroot is composed by the recipe static:12-nonroot (tare.yaml)",
  ]);
  const config = await configOf(built.result.imageId as string);
  assert.equal(config.config?.User, "65532");
  assert.equal(config.config?.WorkingDir, "/home/nonroot");
  const files = await filesOf(built.result.imageId as string);
  assert.ok(files.some(({ path }) => path === "var/lib/dpkg/status.d/base-files"));

  using direct = folder({
    Dockerfile: DOCKERFILE.replace(/FROM .*/, "FROM tare/static:12-nonroot"),
    app: "a",
  });
  const same = await buildImage({ context: direct.path });
  assert.deepEqual(await filesOf(same.result.imageId as string), files);
});

test("a recipe of the project's own composes an image, by a file that --config or TARE_CONFIG names", async () => {
  using project = folder({
    "app/Dockerfile": "FROM registry.example.com/base/web:7\nCOPY app /\n",
    "app/app": "a",
    "ops/ours.yaml": SETTINGS,
    "ops/bases/web.yaml": "extends: static\nlabels: { base: web }\n",
  });
  const context = join(project.path, "app");
  const config = join(project.path, "ops/ours.yaml");
  for (const request of [{ config }, { environment: { ...process.env, TARE_CONFIG: config } }]) {
    const built = await buildImage({ context, ...request });
    assert.deepEqual((await configOf(built.result.imageId as string)).config?.Labels, { base: "web" });
    assert.deepEqual(notices(built.events), [
      `FROM registry.example.com/base/web:7 is composed by the recipe ./bases/web.yaml (${config})`,
    ]);
  }
});

test("a mistake in the settings stops build and check with its line and a caret", () => {
  using context = folder({
    Dockerfile: "FROM scratch\nCOPY a /\n",
    a: "a",
    "tare.yaml": "bases:\n  wel-known: true\n",
  });
  for (const words of [["build"], ["check"]]) {
    const { status, stderr } = spawnSync(TARE, [...words, context.path], { encoding: "utf8" });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /unknown key "wel-known" in bases/);
    assert.match(stderr, /tare\.yaml:2\n-+\n.*\n.*>>> {3}wel-known: true\n.*\^{9}\n/);
    assert.match(stderr, /did you mean well-known\?/);
  }
});

test("a version that no recipe has stops the build at its FROM", async () => {
  using context = folder({ Dockerfile: "FROM gcr.io/distroless/nodejs22-debian12\n", "tare.yaml": SETTINGS });
  await assert.rejects(buildImage({ context: context.path }), (error: unknown) => {
    assert.ok(error instanceof TareError);
    assert.equal(error.code, "resolve-image");
    assert.equal(error.facts.location?.range.start.line, 1);
    assert.match(error.facts.hint ?? "", /nodejs24-debian12/);
    return true;
  });
});

test("a check sees the base that the build will have", () => {
  using context = folder({
    Dockerfile: "FROM gcr.io/distroless/python3-debian12\nCMD python3 app.py\n",
    "tare.yaml": SETTINGS,
  });
  const { stdout } = spawnSync(TARE, ["check", "--format", "json", context.path], { encoding: "utf8" });
  assert.match(stdout, /ShellFormWithoutShell/);
});
