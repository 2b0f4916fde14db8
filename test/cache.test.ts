import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { BuildRequest } from "../src/api/index.ts";
import { type Built, buildImage, folder, stepsThat } from "./harness.ts";

/** Two stages; the result of the first is not part of the image. */
const DOCKERFILE = `FROM scratch AS build
COPY src /src
COPY more /src/more
FROM scratch
COPY base /base
COPY --from=build /src/a /a
`;

function context() {
  return folder({ Dockerfile: DOCKERFILE, "src/a": "a", "src/b": "b", more: "more", base: "base" });
}

/** A build in a store of its own. */
async function buildIn(store: string, request: BuildRequest): Promise<Built> {
  return buildImage({ root: store, ...request });
}

function notices({ events }: Built): readonly string[] {
  return events.flatMap((event) => (event.type === "notice" ? [`${event.code}: ${event.message}`] : []));
}

function sources({ events }: Built): readonly string[] {
  return events.flatMap((event) => (event.type === "step-imported" ? [event.source] : []));
}

test("a store that is empty rebuilds nothing with the cache of another one, and makes the same image", async () => {
  using place = folder({});
  using app = context();
  const at = (name: string) => join(place.path, name);
  const tags = ["app"];
  for (const mode of ["min", "max"] as const) {
    const cache = at(`cache-${mode}`);
    const made = await buildIn(at(`A${mode}`), {
      context: app.path,
      tags,
      cacheTo: [{ type: "local", dest: cache, mode }],
    });
    const taken = await buildIn(at(`B${mode}`), {
      context: app.path,
      tags,
      cacheFrom: [{ type: "local", src: cache }],
    });
    assert.equal(taken.result.imageId, made.result.imageId);
    assert.equal(stepsThat(taken, "cached").length, 5);
    assert.deepEqual(sources(taken), [`${cache} (latest)`]);
    assert.deepEqual(notices(taken), []);
    // What was taken is the store's own from then on.
    const again = await buildIn(at(`B${mode}`), { context: app.path, tags });
    assert.equal(again.result.imageId, made.result.imageId);
    assert.deepEqual(sources(again), []);
  }
});
