import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes } from "../base/index.ts";
import { tarFile, tarMember } from "../debian/fixtures.ts";
import { lookUp, testImage } from "../java/fixtures.ts";
import type { ComposedLayer } from "./compose-recipe.ts";
import { digestsOf, openKitchen, recipeOf, refuses } from "./fixtures.ts";
import { mergedLayers } from "./merged-fixtures.ts";

const HOME = "usr/lib/jvm/java-21";
const IMAGE = testImage({
  "java.base": { files: { "java/lang/Object.class": "object" } },
  "java.desktop": { requires: ["java.base"], files: { "java/awt/B.class": "awt" } },
  "java.logging": { requires: ["java.base"], files: { "java/util/logging/Logger.class": "logger" } },
});
const JRE = {
  name: "jre",
  control: { md5sums: `${"a".repeat(32)}  ${HOME}/lib/modules\n${"b".repeat(32)}  ${HOME}/bin/java\n` },
  data: [
    tarMember({ name: `./${HOME}/lib/modules`, mtime: 50 }, IMAGE),
    ...["bin/java", "lib/libawt.so", "conf/logging.properties", "lib/server/classes.jsa"].map((path) =>
      tarFile(`./${HOME}/${path}`, path),
    ),
  ],
};

test("a Java runtime keeps the modules that the recipe names, and no files that only others use", async () => {
  await using kitchen = await openKitchen([JRE]);
  const recipe = recipeOf({ packages: ["jre"], javaModules: ["java.logging"] });
  const layers = await kitchen.compose(recipe);
  const paths = Object.keys(await mergedLayers(layers)).filter((path) => path.startsWith(`/${HOME}/`));
  const kept = ["bin", "bin/java", "conf", "conf/logging.properties", "lib", "lib/modules"];
  assert.deepEqual(
    paths.sort(),
    kept.map((path) => `/${HOME}/${path}`),
  );
  const modules = await bytesIn(layers, `${HOME}/lib/modules`);
  assert.equal(lookUp(modules, "/java.logging/java/util/logging/Logger.class")?.toString(), "logger");
  assert.equal(lookUp(modules, "/java.desktop/java/awt/B.class"), undefined);
  const sums = (await bytesIn(layers, "var/lib/dpkg/status.d/jre.md5sums")).toString();
  assert.equal(sums, `${"b".repeat(32)}  ${HOME}/bin/java\n`);
  await using other = await openKitchen([JRE]);
  assert.deepEqual(await digestsOf(await other.compose(recipe)), await digestsOf(layers));
});

test("modules of no runtime, and of one that has not got them, are refused", async () => {
  await using kitchen = await openKitchen([
    JRE,
    { name: "other", data: [tarFile("./usr/lib/modules", "x")] },
  ]);
  const compose = (name: string, javaModules: readonly string[]) =>
    kitchen.compose(recipeOf({ packages: [name], javaModules }));
  await assert.rejects(
    compose("other", ["java.logging"]),
    refuses("user-bad-recipe", /no package brings one/),
  );
  await assert.rejects(compose("jre", ["java.sql"]), refuses("user-bad-recipe", /no module java\.sql/));
});

async function bytesIn(layers: readonly ComposedLayer[], path: string): Promise<Buffer> {
  for (const { layer } of layers) {
    const entry = (await layer.index()).entries.find((one) => one.path === path);
    if (entry) return collectBytes(layer.read(entry));
  }
  return assert.fail(path);
}
