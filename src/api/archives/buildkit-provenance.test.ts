import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "../../store/index.ts";
import { loadImages } from "./load.ts";
import { inFolder } from "./load-fixtures.ts";

/** As BuildKit 0.34 has written them, with provenance of `mode=max`. */
const SAMPLES = ["buildkit-v1", "buildkit-v0.2"];

test("the Dockerfile's lines are read out of what BuildKit has attached, in both versions of SLSA's provenance", () =>
  inFolder(async (folder) => {
    for (const sample of SAMPLES) {
      const root = join(folder, sample);
      const path = join(import.meta.dirname, "testdata", `${sample}.tar.gz`);
      const [loaded] = await loadImages({ root, source: { path } });
      const record = await (await openStore(root)).images.resolve(loaded?.id ?? "");
      const place = { dockerfile: "Dockerfile", stage: "final" };
      assert.deepEqual(
        record?.provenance?.layers,
        [
          { instruction: "COPY", dockerfile: "Dockerfile", stage: "base", lines: [7, 7] },
          { instruction: "COPY", ...place, lines: [11, 11], from: "build" },
          { instruction: "ADD", ...place, lines: [12, 12] },
          { instruction: "WORKDIR", ...place, lines: [13, 13] },
        ],
        sample,
      );
    }
  }));
