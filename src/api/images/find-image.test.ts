import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { sha256 } from "../../base/index.ts";
import { openStore } from "../../store/index.ts";
import {
  configOf,
  inFolder,
  layerWith,
  legacyMembers,
  smallLayout,
  tarOf,
} from "../archives/load-fixtures.ts";
import { findImage } from "./find-image.ts";

const ONE = layerWith("one", "first");
const NEVER = new AbortController().signal;
const emit = () => {};

test("an image is found in whatever archive `load` takes, and by its tag", () =>
  inFolder(async (folder) => {
    const store = await openStore(join(folder, "store"));
    const [legacy, layout] = [tarOf(...legacyMembers([ONE])), tarOf(...smallLayout(ONE))];
    const id = sha256(configOf([ONE]));
    for (const [name, bytes] of [
      ["legacy.tar", legacy],
      ["legacy.tar.gz", gzipSync(legacy)],
      ["layout.tar", layout],
      ["layout.tgz", gzipSync(layout)],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const { record, layers } = await findImage(path, { store, emit }, NEVER);
      assert.equal(record.id, id, name);
      assert.equal(layers?.length, name.startsWith("layout") ? 1 : undefined, name);
      if (name.startsWith("legacy")) {
        assert.equal((await findImage(`${path}:1`, { store, emit }, NEVER)).record.id, id);
        await assert.rejects(findImage(`${path}:2`, { store, emit }, NEVER), { code: "resolve-image" });
      }
      await assert.rejects(findImage(path, { store, emit }, AbortSignal.abort()), { code: "user-cancelled" });
    }
    assert.deepEqual(readdirSync(join(folder, "store", "tmp")), []);
    writeFileSync(join(folder, "text.tar"), tarOf({ name: "text", content: "text" }));
    for (const [name, code] of [
      ["text.tar", "integrity-archive"],
      ["nothing.tar", "resolve-path"],
    ] as const)
      await assert.rejects(findImage(join(folder, name), { store, emit }, NEVER), { code });
  }));
