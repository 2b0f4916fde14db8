import { familiarRepository, type Reference } from "../oci/index.ts";

/** An image that many Dockerfiles name, and the recipe that stands for it. */
export interface WellKnownImage {
  /** Without a tag: `gcr.io/distroless/static-debian12`, `debian`. */
  readonly repository: string;
  /** By tag; `NAME:VERSION` as recipes are named. */
  readonly recipes: Readonly<Record<string, string>>;
}

/** Google's names, without the tag and without `gcr.io/distroless/`: what `latest` is composed by. */
const DISTROLESS: Readonly<Record<string, string>> = {
  static: "static",
  "static-debian12": "static:12",
  "static-debian13": "static:13",
  "base-nossl": "base-nossl",
  "base-nossl-debian12": "base-nossl:12",
  "base-nossl-debian13": "base-nossl:13",
  base: "base",
  "base-debian12": "base:12",
  "base-debian13": "base:13",
  cc: "cc",
  "cc-debian12": "cc:12",
  "cc-debian13": "cc:13",
  python3: "python",
  "python3-debian12": "python:12",
  "python3-debian13": "python:13",
  "java-base": "java-base",
  "java-base-debian12": "java-base:12",
  "java-base-debian13": "java-base:13",
  // A recipe has one version of a language for each release: no other version stands in for it.
  java17: "java:12",
  "java17-debian12": "java:12",
  java21: "java:13",
  "java21-debian13": "java:13",
  nodejs18: "node-debian:12",
  "nodejs18-debian12": "node-debian:12",
  nodejs20: "node-debian:13",
  "nodejs20-debian13": "node-debian:13",
  nodejs24: "node",
  "nodejs24-debian12": "node:12",
  "nodejs24-debian13": "node:13",
};

/** Google's tags besides `latest`, which are what recipes call these variants, too. */
const VARIANTS = ["nonroot", "debug", "debug-nonroot"];

const DEBIAN: Readonly<Record<string, readonly string[]>> = {
  "debian:13": ["latest", "13", "13-slim", "trixie", "trixie-slim", "stable", "stable-slim"],
  "debian:12": ["12", "12-slim", "bookworm", "bookworm-slim", "oldstable", "oldstable-slim"],
};

/** The whole table. */
export const WELL_KNOWN_IMAGES: readonly WellKnownImage[] = [
  ...Object.entries(DISTROLESS).map(([name, recipe]) => ({
    repository: `gcr.io/distroless/${name}`,
    recipes: { latest: recipe, ...Object.fromEntries(VARIANTS.map((tag) => [tag, variant(recipe, tag)])) },
  })),
  {
    repository: "debian",
    recipes: Object.fromEntries(
      Object.entries(DEBIAN).flatMap(([recipe, tags]) => tags.map((tag) => [tag, recipe])),
    ),
  },
];

function variant(recipe: string, tag: string): string {
  return `${recipe}${recipe.includes(":") ? "-" : ":"}${tag}`;
}

/** A recipe for an image, or why there is none. */
export type WellKnown = { readonly recipe: string } | { readonly message: string; readonly hint: string };

/** What the table says of an image; undefined for an image that is no business of it. The digest counts for nothing. */
export function wellKnown(ref: Reference): WellKnown | undefined {
  const name = familiarRepository(ref);
  if (name !== "debian" && !name.startsWith("gcr.io/distroless/")) return undefined;
  const image = WELL_KNOWN_IMAGES.find(({ repository }) => repository === name);
  if (!image) return { message: `no recipe stands for ${name}`, hint: hintFor(name) };
  const tag = ref.tag ?? "latest";
  const recipe = Object.hasOwn(image.recipes, tag) ? image.recipes[tag] : undefined;
  if (recipe !== undefined) return { recipe };
  return {
    message: `no recipe stands for ${name}:${tag}`,
    hint: `recipes stand for the tags ${Object.keys(image.recipes).join(", ")}; ${OTHERWISE}`,
  };
}

const OTHERWISE = "any other name can be given a recipe in bases.map";

function hintFor(name: string): string {
  const stem = kindOf(name);
  const near = WELL_KNOWN_IMAGES.map(({ repository }) => repository).filter((own) => kindOf(own) === stem);
  if (near.length === 0) return OTHERWISE;
  return `recipes stand for ${near.map((own) => own.slice(own.lastIndexOf("/") + 1)).join(", ")}; ${OTHERWISE}`;
}

/** `nodejs` of `gcr.io/distroless/nodejs22-debian12`. */
function kindOf(repository: string): string {
  return repository.slice(repository.lastIndexOf("/") + 1).replace(/(?:\d+)?(?:-debian\d*)?$/, "");
}
