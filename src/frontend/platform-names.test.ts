import assert from "node:assert/strict";
import { test } from "node:test";
import type { Platform } from "../oci/index.ts";
import { plan } from "./fixtures.ts";

const SOURCE = `FROM --platform=$BUILDPLATFORM debian AS build
RUN one
ARG TARGETARCH
RUN two
ARG TARGETPLATFORM
RUN three
FROM busybox
COPY --from=build /a /b
`;

const ARM: Platform = { os: "linux", architecture: "arm", variant: "v7" };

async function names(targetPlatform: Platform, multiPlatform?: boolean): Promise<readonly string[]> {
  const { graph } = await plan(SOURCE, { targetPlatform, ...(multiPlatform && { multiPlatform }) });
  return graph.vertices.map(({ name }) => name.replace(/ \S+$/, ""));
}

test("steps have their platform where there are several, and what they build for where the stage asks", async () => {
  assert.deepEqual(await names(ARM, true), [
    "[linux/arm/v7 stage-1 1/2] FROM",
    "[linux/amd64 build 1/4] FROM",
    "[linux/amd64 build 2/4] RUN",
    "[linux/amd64->arm/v7 build 3/4] RUN",
    "[linux/amd64->arm/v7 build 4/4] RUN",
    "[linux/amd64 stage-1 2/2] COPY --from=build /a",
  ]);
  assert.equal((await names({ os: "linux", architecture: "amd64" }, true))[4], "[linux/amd64 build 4/4] RUN");
  assert.equal((await names(ARM))[3], "[build 3/4] RUN");
});

test("what does not depend on the target is the same vertex for every platform", async () => {
  const [arm, amd] = await Promise.all(
    [ARM, { os: "linux", architecture: "amd64" }].map(async (targetPlatform) => {
      const { graph } = await plan(SOURCE, { targetPlatform, multiPlatform: true });
      return graph.vertices.map(({ digest }) => digest);
    }),
  );
  assert.deepEqual(
    arm?.map((digest, at) => digest === amd?.[at]),
    [false, true, true, false, false, false],
  );
});
