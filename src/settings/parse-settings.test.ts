import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { problemOf, settingsOf } from "./fixtures.ts";

const NOTHING = { file: "tare.yaml", bases: { wellKnown: false, map: [] }, registries: [] };

test("a file that says nothing changes nothing", async () => {
  for (const text of ["", "\n  \n", "# bases:\n", "bases: {}\n", "\uFEFF# one\n", "$schema: x\n"])
    assert.deepEqual(await settingsOf(text), NOTHING, JSON.stringify(text));
});

test("the table has complete names, and whole paths where a recipe is a file", async () => {
  const text = [
    "bases:",
    "  well-known: true",
    "  map:",
    "    python:3.11-slim: python:12",
    "    registry.example.com/base/*: ./bases/web.yaml",
    "    index.docker.io/team/app: ../own.yml:12-debug",
    "    localhost:5000/x: /srv/x.yaml",
  ].join("\n");
  assert.deepEqual(await settingsOf(text), {
    file: "tare.yaml",
    bases: {
      wellKnown: true,
      map: [
        {
          images: "docker.io/library/python:3.11-slim",
          recipe: "python:12",
          source: "recipe://python:12",
        },
        {
          images: "registry.example.com/base/*",
          recipe: "./bases/web.yaml",
          source: "recipe:///p/bases/web.yaml",
        },
        {
          images: "docker.io/team/app:latest",
          recipe: "../own.yml:12-debug",
          source: "recipe:///own.yml:12-debug",
        },
        { images: "localhost:5000/x:latest", recipe: "/srv/x.yaml", source: "recipe:///srv/x.yaml" },
      ],
    },
    registries: [],
  });
});

test("registries come to rules, their files seen from the folder", async () => {
  const text = [
    "registries:",
    "  docker.io/library:",
    "    mirrors: [mirror.example.com:5000/hub, { location: b.example.com, insecure: true, pull-from-mirror: digest-only }]",
    "    ca: ca.pem",
    "    client: { certificate: ../us.pem, key: /k.pem }",
    "  '*.bad.example': { blocked: true }",
  ].join("\n");
  const { registries } = await settingsOf(text);
  assert.deepEqual(registries, [
    {
      prefix: "docker.io/library",
      insecure: false,
      blocked: false,
      mirrors: [
        { location: "mirror.example.com:5000/hub", insecure: false, use: "all" },
        { location: "b.example.com", insecure: true, use: "digest-only" },
      ],
      tls: { authorities: ["/p/ca.pem"], clients: [{ certificate: "/us.pem", key: "/k.pem" }] },
      source: "tare.yaml",
    },
    {
      prefix: "*.bad.example",
      insecure: false,
      blocked: true,
      mirrors: [],
      tls: { authorities: [], clients: [] },
      source: "tare.yaml",
    },
  ]);
});

const MANUAL = "docs/tare-yaml.md has an example of every key";
const IMAGE =
  "must be the name of an image, perhaps with * | for example python:3.11-slim, or registry.example.com/base/*";

/** A text, and `line:column-end message | hint`. */
const CASES: Readonly<Record<string, readonly [string, string]>> = {
  "a mirror that is an address": [
    "registries: { a.b: { mirrors: [https://c.d] } }",
    "1:32-43 registries.a.b.mirrors[0] must be a registry's host, perhaps with the beginning of a repository's name | for example mirror.example.com:5000/hub",
  ],
  "a key of a registry that is none": [
    "registries: { a.b: { mirror: [c.d] } }",
    '1:22-28 unknown key "mirror" in registries.a.b | did you mean mirrors?',
  ],
  "no registry": [
    "registries: { 'https://a.b': {} }",
    `1:15-28 the key "https://a.b" must be a registry's host, perhaps with the beginning of a repository's name | for example docker.io, registry.example.com:5000/team, or *.example.com`,
  ],
  "an unknown key": ["base: {}", '1:1-5 unknown key "base" in tare.yaml | did you mean bases?'],
  "an unknown key below": [
    "bases:\n  wellknown: true",
    '2:3-12 unknown key "wellknown" in bases | did you mean well-known?',
  ],
  "a word that is no boolean": [
    "bases:\n  well-known: on please",
    `2:15-24 bases.well-known must be true or false | ${MANUAL}`,
  ],
  "a list as the table": ["bases:\n  map: [python]", `2:8-16 bases.map must be a map of keys | ${MANUAL}`],
  "a name that no image has": ["bases:\n  map:\n    Python: python", `3:5-11 the key "Python" ${IMAGE}`],
  "a digest": [
    `bases:\n  map:\n    a@sha256:${"0".repeat(64)}: python`,
    `3:5-78 the key "a@sha256:${"0".repeat(64)}" ${IMAGE}`,
  ],
  "a number as the recipe": [
    "bases:\n  map:\n    python: 12",
    "3:13-15 bases.map.python must be text | put it between quotes",
  ],
  "no recipe": [
    "bases:\n  map:\n    python:",
    "3:5-11 bases.map.python must be text | put it between quotes",
  ],
  "a recipe that there is not": [
    "bases:\n  map:\n    python: nopython",
    '3:13-21 there is no recipe "nopython" | did you mean python?',
  ],
  "one image in two ways": [
    "bases:\n  map:\n    python: python\n    docker.io/python:latest: python",
    "4:5-28 docker.io/python:latest is another way to write an image that has a recipe already | keep one of them",
  ],
  "one key twice": [
    "bases: {}\nbases: {}",
    "2:1-6 the key bases is there twice | keep one of them, or join their values",
  ],
  "a second document": [
    "bases: {}\n---\nbases: {}",
    "2:1-4 a second document begins here | tare.yaml is one document; drop the line ---",
  ],
  "no map at all": ["- bases", `1:1-8 tare.yaml must be a map of keys | ${MANUAL}`],
  "a tag": ["bases: !x {}", "1:8-10 this tag means nothing in tare.yaml | drop the word that begins with !"],
};

for (const [name, [text, expected]] of Object.entries(CASES))
  test(`${name} is refused, with its place`, async () => assert.equal(await problemOf(text), expected));

test("what is no text, or too much of it, is refused", async () => {
  assert.equal(await problemOf(Buffer.from([0xff])), "tare.yaml is not UTF-8 text | save the file as UTF-8");
  assert.equal(
    await problemOf(`a: ${"x".repeat(2 ** 20)}`),
    "tare.yaml is too large for tare.yaml | tare.yaml has at most 1 MiB",
  );
});

test("whatever is in the file, it is settings or an error of ours", async () => {
  const piece = fc.constantFrom(
    "bases",
    "map",
    "well-known",
    ":",
    " ",
    "\n",
    "  ",
    "true",
    "*",
    "[",
    "{",
    "&a",
    "*a",
    "python",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      try {
        await settingsOf(pieces.join(""));
      } catch (error) {
        assert.ok(error instanceof TareError);
        assert.equal(error.code, "user-bad-settings");
      }
    }),
  );
});
