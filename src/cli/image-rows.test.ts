import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageSummary } from "../api/index.ts";
import { parseReference } from "../oci/index.ts";
import { filterImages, imageRows } from "./image-rows.ts";

const NOW = Date.parse("2026-01-10T00:00:00Z");

function id(digit: string): ImageSummary["id"] {
  return `sha256:${digit.repeat(64)}`;
}

function image(digit: string, facts: Partial<ImageSummary> & { readonly names?: readonly string[] } = {}) {
  const { names = [], ...rest } = facts;
  return {
    id: id(digit),
    references: names.map(parseReference),
    size: 0,
    labels: {},
    platform: { os: "linux", architecture: "amd64" },
    dangling: names.length === 0,
    ...rest,
  };
}

test("every name is a row, an image without a name has one too", () => {
  const images = [
    image("a", {
      names: ["app:1", "ghcr.io/me/app:latest"],
      size: 12_345_678,
      created: "2026-01-07T00:00:00Z",
      digest: id("d"),
    }),
    image("b"),
  ];
  const uncounted = { SharedSize: "N/A", UniqueSize: "N/A", Containers: "N/A" };
  const common = {
    ID: "aaaaaaaaaaaa",
    Digest: id("d"),
    CreatedSince: "3 days ago",
    CreatedAt: "2026-01-07 00:00:00 +0000 UTC",
    Size: "12.3MB",
    VirtualSize: "12.3MB",
    ...uncounted,
  };
  assert.deepEqual(imageRows(images, { now: NOW, truncate: true }), [
    { Repository: "app", Tag: "1", ...common },
    { Repository: "ghcr.io/me/app", Tag: "latest", ...common },
    {
      Repository: "<none>",
      Tag: "<none>",
      Digest: "<none>",
      ID: "bbbbbbbbbbbb",
      CreatedSince: "N/A",
      CreatedAt: "N/A",
      Size: "0B",
      VirtualSize: "0B",
      ...uncounted,
    },
  ]);
  assert.deepEqual(
    imageRows(images, { now: NOW, truncate: false }).map(({ ID }) => ID),
    [id("a"), id("a"), id("b")],
  );
});

const IMAGES = [
  image("1", {
    names: ["old:1", "alias:1"],
    created: "2026-01-01T00:00:00Z",
    labels: { team: "a", url: "x=y=z" },
  }),
  image("2", { names: ["mid:1"], created: "2026-01-01T00:00:00.5Z", labels: { team: "b" } }),
  image("3", { names: ["ghcr.io/me/new:1"], created: "2026-01-03T00:00:00Z" }),
  image("4", { created: "2026-01-01T06:00:00+12:00", labels: { team: "" } }),
];

/** The names, or the first digit of the id, of what is left. */
function left(...filters: string[]): readonly string[] {
  return filterImages(IMAGES, filters).flatMap(({ id: digest, references }) =>
    references.length === 0 ? [digest.charAt(7)] : references.map(({ path }) => path),
  );
}

test("filters keep what they name", () => {
  const all = ["library/old", "library/alias", "library/mid", "me/new", "4"];
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[], all],
    [["dangling=true"], ["4"]],
    [["dangling=false"], all.slice(0, 4)],
    [["dangling=1"], ["4"]],
    [["label=team"], ["library/old", "library/alias", "library/mid", "4"]],
    [["label=team=b"], ["library/mid"]],
    [["label=team="], ["4"]],
    [["label=url=x=y=z"], ["library/old", "library/alias"]],
    [["label=url=x=y"], []],
    [["label=toString"], []],
    [
      ["label=team=a", "dangling=false"],
      ["library/old", "library/alias"],
    ],
    [["before=mid"], ["library/old", "library/alias", "4"]],
    [["since=mid:1"], ["me/new"]],
    [["since=old"], ["library/mid", "me/new"]],
    [["until=2026-01-02"], ["library/old", "library/alias", "library/mid", "4"]],
    [["until=2026-01-01T00:00:00.2Z"], ["library/old", "library/alias", "4"]],
    [["before=333333333333"], ["library/old", "library/alias", "library/mid", "4"]],
    [[`since=${id("2")}`], ["me/new"]],
    [["since=ghcr.io/me/new:1"], []],
  ];
  for (const [filters, wanted] of cases) assert.deepEqual(left(...filters), wanted, filters.join(" "));
});

test("a reference filter is a pattern over familiar names and keeps only the names that match", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["old", ["library/old"]],
    ["old:1", ["library/old"]],
    ["old:2", []],
    ["o*", ["library/old"]],
    ["*", ["library/old", "library/alias", "library/mid"]],
    ["*:1", ["library/old", "library/alias", "library/mid"]],
    ["ghcr.io/*/*", ["me/new"]],
    ["ghcr.io/*", []],
    ["m?d", ["library/mid"]],
    ["[a-m]*", ["library/alias", "library/mid"]],
    ["[^m]ld", ["library/old"]],
    ["o.d", []],
  ];
  for (const [pattern, wanted] of cases) assert.deepEqual(left(`reference=${pattern}`), wanted, pattern);
  // Of several one has to fit, and what else is asked for holds besides.
  assert.deepEqual(left("reference=old", "reference=m?d"), ["library/old", "library/mid"]);
  assert.deepEqual(left("reference=old", "before=old", "reference=m?d"), []);
});

test("a filter that means nothing is refused", () => {
  for (const filter of ["until=soon", "label", "", "dangling=maybe", "reference=[", "reference=[z-"])
    assert.throws(() => left(filter), { code: "user-bad-flag" }, filter);
  for (const filter of ["before=gone", "since=mid:2", "before="])
    assert.throws(() => left(filter), { code: "resolve-image" }, filter);
});
