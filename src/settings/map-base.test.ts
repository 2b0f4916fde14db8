import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalName, parseReference } from "../oci/index.ts";
import { settingsOf } from "./fixtures.ts";
import { completePattern, matchesPattern } from "./image-pattern.ts";
import { mapBase } from "./map-base.ts";
import { WELL_KNOWN_IMAGES } from "./well-known.ts";

const MAP = `bases:
  map:
    python*: python
    python:3.1*-slim: python:13
    python:3.11-slim: python:12
    registry.example.com/base/*: ./bases/web.yaml
    registry.example.com/*/db: mariadb
`;

async function mapped(text: string, image: string): Promise<string> {
  const found = mapBase(await settingsOf(text), parseReference(image));
  switch (found?.type) {
    case undefined:
      return "";
    case "recipe":
      return found.source;
    case "kept":
      return `kept: ${found.notice}`;
    case "refused":
      return `${found.message} | ${found.hint}`;
  }
}

const CASES: Readonly<Record<string, string>> = {
  "python:3.11-slim": "recipe://python:12",
  "docker.io/library/python:3.11-slim": "recipe://python:12",
  // The first pattern of the file, even where a later one says more.
  "python:3.12-slim": "recipe://python",
  python: "recipe://python",
  python3: "recipe://python",
  "team/python": "",
  "registry.example.com/base/web:1.2": "recipe:///p/bases/web.yaml",
  "registry.example.com/base/web": "recipe:///p/bases/web.yaml",
  "registry.example.com/base/team/web": "",
  "registry.example.com/prod/db": "recipe://mariadb",
  "registry.example.com/prod/db:11": "",
  "tare/python": "",
  debian: "",
  "gcr.io/distroless/static": "",
};

for (const [image, source] of Object.entries(CASES))
  test(`${image} is ${source === "" ? "an image" : `composed by ${source}`}`, async () =>
    assert.equal(await mapped(MAP, image), source));

const KNOWN = "bases: { well-known: true, map: { 'gcr.io/distroless/nodejs22-debian12:*': node } }";
const OTHERWISE = "any other name can be given a recipe in bases.map";
const DIGEST = `sha256:${"0".repeat(64)}`;

const WELL_KNOWN: Readonly<Record<string, string>> = {
  "gcr.io/distroless/python3-debian12": "recipe://python:12",
  "gcr.io/distroless/python3-debian12:debug-nonroot": "recipe://python:12-debug-nonroot",
  "gcr.io/distroless/static:nonroot": "recipe://static:nonroot",
  "gcr.io/distroless/java17": "recipe://java:12",
  "docker.io/debian:bookworm-slim": "recipe://debian:12",
  debian: "recipe://debian:13",
  // The project's table wins, also over a refusal.
  "gcr.io/distroless/nodejs22-debian12:nonroot": "recipe://node",
  "gcr.io/distroless/nodejs22-debian13": `no recipe stands for gcr.io/distroless/nodejs22-debian13 | recipes stand for nodejs18, nodejs18-debian12, nodejs20, nodejs20-debian13, nodejs24, nodejs24-debian12, nodejs24-debian13; ${OTHERWISE}`,
  "gcr.io/distroless/java17-debian13": `no recipe stands for gcr.io/distroless/java17-debian13 | recipes stand for java17, java17-debian12, java21, java21-debian13; ${OTHERWISE}`,
  "gcr.io/distroless/python2.7": `no recipe stands for gcr.io/distroless/python2.7 | ${OTHERWISE}`,
  "gcr.io/distroless/cc-debian12:latest-amd64": `no recipe stands for gcr.io/distroless/cc-debian12:latest-amd64 | recipes stand for the tags latest, nonroot, debug, debug-nonroot; ${OTHERWISE}`,
  "debian:12.11": `no recipe stands for debian:12.11 | recipes stand for the tags 12, 13, latest, 13-slim, trixie, trixie-slim, stable, stable-slim, 12-slim, bookworm, bookworm-slim, oldstable, oldstable-slim; ${OTHERWISE}`,
  [`debian@${DIGEST}`]: `kept: debian@${DIGEST} is named by its digest, so no recipe takes its place (tare.yaml)`,
  [`debian:12@${DIGEST}`]: `kept: debian:12@${DIGEST} is named by its digest, so no recipe takes its place (tare.yaml)`,
  [`alpine@${DIGEST}`]: "",
  "debian.example.com/debian:12": "",
  "team/debian:12": "",
  "gcr.io/distroless": "",
};

for (const [image, source] of Object.entries(WELL_KNOWN))
  test(`with the well-known names, ${image} is ${source === "" ? "an image" : source}`, async () =>
    assert.equal(await mapped(KNOWN, image), source));

test("the output says which recipe, and which file wants it", async () => {
  const settings = await settingsOf(MAP);
  assert.deepEqual(mapBase(settings, parseReference("registry.example.com/base/web:1")), {
    type: "recipe",
    source: "recipe:///p/bases/web.yaml",
    notice: "registry.example.com/base/web:1 is composed by the recipe ./bases/web.yaml (tare.yaml)",
  });
});

test("without a word of them, the well-known names are images", async () => {
  for (const { repository, recipes } of WELL_KNOWN_IMAGES)
    for (const tag of Object.keys(recipes)) assert.equal(await mapped("", `${repository}:${tag}`), "");
});

test("every name in the table is one, and its own shortest form", () => {
  const names = WELL_KNOWN_IMAGES.map(({ repository }) => repository);
  assert.equal(new Set(names).size, names.length);
  for (const { repository, recipes } of WELL_KNOWN_IMAGES)
    for (const tag of Object.keys(recipes)) parseReference(`${repository}:${tag}`);
});

test("a name without a star stands for itself in every way to write it, and for nothing else", () => {
  const part = fc.constantFrom("a", "x", "xx", "b-c", "x.y");
  const name = fc
    .record({ path: fc.array(part, { minLength: 1, maxLength: 3 }), tag: fc.option(part) })
    .map(({ path, tag }) => path.join("/") + (tag === null ? "" : `:${tag}`));
  fc.assert(
    fc.property(name, name, (text, other) => {
      const pattern = completePattern(text) as string;
      const [own, foreign] = [parseReference(text), parseReference(other)].map((ref) => ({
        tag: "latest",
        ...ref,
      }));
      assert.equal(pattern, canonicalName(own as never));
      assert.equal(matchesPattern(pattern, parseReference(text)), true);
      assert.equal(
        matchesPattern(pattern, parseReference(other)),
        canonicalName(own as never) === canonicalName(foreign as never),
      );
    }),
  );
});

test("stars match as a regular expression would, in no more time than the text is long", () => {
  const piece = fc.constantFrom("a", "b", "ab", "*", "x");
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 8 }),
      fc.stringMatching(/^[abx]{1,12}$/),
      (pieces, tag) => {
        const pattern = `r.io/n:${pieces.join("")}`;
        const expected = new RegExp(`^r\\.io/n:${pieces.join("").replaceAll("*", "[^/]*")}$`).test(
          `r.io/n:${tag}`,
        );
        assert.equal(
          matchesPattern(completePattern(pattern) as string, parseReference(`r.io/n:${tag}`)),
          expected,
        );
      },
    ),
  );
  const hostile = completePattern(`r.io/${"a*".repeat(60)}b`) as string;
  const start = performance.now();
  assert.equal(matchesPattern(hostile, parseReference(`r.io/${"a".repeat(200)}`)), false);
  assert.ok(performance.now() - start < 100);
});

test("what is no name of images is none", () => {
  for (const text of ["", "A", "a b", "a:", "a/", `a@${DIGEST}`, "a:b*c d", "/a", "a//b", "."])
    assert.equal(completePattern(text), undefined, text);
});
