import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseRecipeReference } from "../recipe/index.ts";
import { WELL_KNOWN_IMAGES } from "../settings/index.ts";
import type { Store } from "../store/index.ts";
import { readRecipeFor } from "./bases/recipes.ts";
import { openSettings, type SettingsPlace } from "./settings.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tare-settings-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function context(directory: string): SettingsPlace {
  return { folders: [{ name: "context", source: { directory }, ignore: [] }] };
}

test("the file that is named comes before the variable's, and that before the one in the context", () =>
  inFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    for (const name of ["a.yaml", "b.yaml", "tare.yaml"])
      await writeFile(path(name), `bases: { map: { x: ./${name} } }`);
    const sourceOf = async (choice: Parameters<typeof openSettings>[0]) => {
      const settings = await openSettings(choice, context(folder));
      return [settings?.file, settings?.bases.map[0]?.source];
    };
    const environment = { TARE_CONFIG: path("b.yaml") };
    assert.deepEqual(await sourceOf({}), ["tare.yaml", `recipe://${path("tare.yaml")}`]);
    assert.deepEqual(await sourceOf({ environment }), [path("b.yaml"), `recipe://${path("b.yaml")}`]);
    assert.deepEqual(await sourceOf({ environment, config: path("a.yaml") }), [
      path("a.yaml"),
      `recipe://${path("a.yaml")}`,
    ]);
    assert.deepEqual(await sourceOf({ environment: { TARE_CONFIG: "" } }), [
      "tare.yaml",
      `recipe://${path("tare.yaml")}`,
    ]);
  }));

test("without a file there are no settings, but one that was named has to be there", () =>
  inFolder(async (folder) => {
    assert.equal(await openSettings({}, context(folder)), undefined);
    assert.equal(
      await openSettings({}, { folders: [{ name: "context", source: { archive: folder }, ignore: [] }] }),
      undefined,
    );
    assert.equal(await openSettings({}, { folders: [] }), undefined);
    for (const choice of [{ config: join(folder, "x") }, { environment: { TARE_CONFIG: join(folder, "x") } }])
      await assert.rejects(openSettings(choice, context(folder)), {
        code: "user-bad-settings",
        message: `the settings ${join(folder, "x")} do not exist`,
      });
    await mkdir(join(folder, "tare.yaml"));
    await assert.rejects(openSettings({}, context(folder)), {
      code: "user-bad-settings",
      message: "the settings tare.yaml can not be read (EISDIR)",
    });
  }));

test("what was read before is taken as it is, until a byte of it or its place changes", () =>
  inFolder(async (folder) => {
    const records = new Map<string, unknown>();
    const keys = {
      get: async (key: string) => records.get(key),
      put: async (key: string, value: unknown) => void records.set(key, value),
    } as unknown as Store["keys"];
    const place = { ...context(folder), store: async () => ({ keys }) };
    const file = join(folder, "tare.yaml");
    await writeFile(file, "bases: { well-known: true }");
    const first = await openSettings({}, place);
    assert.deepEqual([first?.bases.wellKnown, records.size], [true, 1]);
    assert.deepEqual(await openSettings({}, place), first);
    // What is remembered counts, and what is damaged does not.
    const [key] = [...records.keys()] as [string];
    records.set(key, {
      settings: { file: "tare.yaml", bases: { wellKnown: false, map: [] }, registries: [] },
    });
    assert.equal((await openSettings({}, place))?.bases.wellKnown, false);
    records.set(key, { settings: "no" });
    assert.deepEqual(await openSettings({}, place), first);
    await writeFile(file, "bases: { well-known: false }");
    assert.equal((await openSettings({}, place))?.bases.wellKnown, false);
    assert.deepEqual([(await openSettings({ config: file }, place))?.file, records.size], [file, 3]);
  }));

test("a recipe that there is not is told with its place", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "tare.yaml"), "bases:\n  map:\n    python: pyton:12\n");
    await chmod(join(folder, "tare.yaml"), 0o444);
    await assert.rejects(openSettings({}, context(folder)), (error: Error & { facts?: unknown }) => {
      assert.equal(error.message, 'there is no recipe "pyton"');
      const { hint, location } = error.facts as { hint: string; location: { file: string; range: object } };
      assert.equal(hint, "did you mean python?");
      assert.deepEqual(
        [location.file, location.range],
        ["tare.yaml", { start: { line: 3, column: 13 }, end: { line: 3, column: 21 } }],
      );
      return true;
    });
  }));

/** What a name promises of the recipe that stands for it. */
const LANGUAGES: readonly (readonly [RegExp, (version: string) => RegExp])[] = [
  [/\/java(\d+)/, (version) => new RegExp(`^openjdk-${version}-jre-headless$`)],
  [/\/nodejs(24)/, (version) => new RegExp(`^node-linux-\\w+@${version}$`)],
  // Debian's own: 18 in bookworm, 20 in trixie.
  [/\/nodejs(18|20)/, () => /^nodejs$/],
  [/\/python3/, () => /^python3\.\d+-minimal$/],
];

for (const { repository, recipes } of WELL_KNOWN_IMAGES)
  test(`${repository} is composed by a recipe that there is, for its release and in its language's version`, async () => {
    for (const [tag, reference] of Object.entries(recipes))
      for (const architecture of ["amd64", "arm64"]) {
        const recipe = await readRecipeFor(parseRecipeReference(reference), architecture);
        const { packages, npm, release, config, debug } = recipe;
        const [, named = release] = /debian(\d+)$/.exec(repository) ?? [];
        assert.equal(release, named, `${repository}:${tag}`);
        assert.equal(config.user ?? "root", tag.includes("nonroot") ? "65532" : "root");
        assert.equal(debug, tag.includes("debug"));
        if (repository.includes("/nodejs"))
          assert.ok(
            recipe.links.some(({ path }) => path === "/nodejs/bin/node"),
            repository,
          );
        const taken = [
          ...packages.map(({ name }) => name),
          ...npm.map(({ name, version }) => `${name}@${version}`),
        ];
        for (const [name, has] of LANGUAGES) {
          const match = name.exec(repository);
          if (match)
            assert.ok(
              taken.some((one) => has(match[1] ?? "").test(one)),
              `${repository}: ${taken}`,
            );
        }
      }
  });

test("Debian's Node.js is the version that the names say", () => {
  const recipes = Object.fromEntries(
    WELL_KNOWN_IMAGES.map(({ repository, recipes: all }) => [repository, all.latest]),
  );
  assert.equal(recipes["gcr.io/distroless/nodejs18"], "node-debian:12");
  assert.equal(recipes["gcr.io/distroless/nodejs20"], "node-debian:13");
});
