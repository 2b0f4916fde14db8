import type { Base, ImageBase } from "./base-image.ts";

/** Whether the variables that a base sets are known: PATH at most, or those of an image that is here. */
export function isEnvironmentKnown(base: Base): boolean {
  if (base.type !== "image") return base.type === "scratch";
  return base.known !== undefined || BARE.has(base.repository);
}

/** Distributions whose images set nothing but PATH, run as root, and start a shell. */
const BARE = new Set(
  "debian ubuntu alpine busybox fedora centos rockylinux almalinux amazonlinux".split(" "),
);

/** Language images that run as root, whichever tag. */
const ROOT_LANGUAGES = new Set(
  "node python ruby php perl golang rust gcc openjdk eclipse-temurin amazoncorretto maven swift".split(" "),
);

/** Whether what runs in an image of this base is root when nobody says USER. */
export function runsAsRoot(base: Base): boolean {
  if (base.type !== "image") return base.type === "scratch";
  if (base.known) return ["", "root", "0"].includes((base.known.config.User ?? "").split(":")[0] as string);
  if (isDistroless(base)) return base.tag !== undefined && !base.tag.includes("nonroot");
  return BARE.has(base.repository) || ROOT_LANGUAGES.has(base.repository);
}

/** Full distributions, and language images that come on one, with what is smaller. */
const FULL: Readonly<Record<string, string>> = {
  debian: "debian:13-slim, or copy the application into a distroless base",
  ubuntu: "debian:13-slim, or copy the application into a distroless base",
  fedora: "a second stage on a distroless or minimal base",
  centos: "a second stage on a distroless or minimal base",
  rockylinux: "rockylinux:9-minimal, or copy the application into a distroless base",
  almalinux: "almalinux:9-minimal, or copy the application into a distroless base",
  amazonlinux: "amazonlinux:2023-minimal, or copy the application into a distroless base",
  archlinux: "a second stage on a distroless base",
  node: "node:22-slim, or copy the application into gcr.io/distroless/nodejs22-debian12",
  python: "python:3-slim, or copy the application into gcr.io/distroless/python3-debian12",
  ruby: "ruby:3-slim",
  perl: "perl:5-slim",
};

const SMALL_TAG = /slim|alpine|minimal|micro|distroless|windows|nanoserver|onbuild/;

/** What is smaller than a base that is a full distribution; undefined for every other base. */
export function smallerThan(base: Base): string | undefined {
  if (base.type !== "image" || base.tag === undefined || SMALL_TAG.test(base.tag)) return undefined;
  return Object.hasOwn(FULL, base.repository) ? FULL[base.repository] : undefined;
}

const BUILD_IMAGES: Readonly<Record<string, string>> = {
  golang: "the Go compiler",
  rust: "the Rust compiler",
  gcc: "a C compiler",
  maven: "Maven and a JDK",
  gradle: "Gradle and a JDK",
  "mcr.microsoft.com/dotnet/sdk": "the .NET SDK",
  swift: "the Swift compiler",
  haskell: "the Haskell compiler",
  buildpack: "compilers",
  "buildpack-deps": "compilers and header files",
};

/** What a base is there to build with; undefined when it is none for that. */
export function builderIn(base: Base): string | undefined {
  if (base.type !== "image" || /slim-runtime|runtime/.test(base.tag ?? "")) return undefined;
  const isSlimSwift = base.repository === "swift" && /slim/.test(base.tag ?? "");
  const isFew = base.repository === "buildpack-deps" && /curl|scm/.test(base.tag ?? "");
  if (isSlimSwift || isFew) return undefined;
  if (JDK_IMAGES.has(base.repository)) return isJdk(base) ? "a JDK" : undefined;
  return Object.hasOwn(BUILD_IMAGES, base.repository) ? BUILD_IMAGES[base.repository] : undefined;
}

/** Images of Java that are a JDK unless their tag says what else they are. */
const JDK_IMAGES = new Set("eclipse-temurin openjdk amazoncorretto sapmachine".split(" "));

function isJdk({ tag }: ImageBase): boolean {
  return tag !== undefined && !/jre|headless/.test(tag);
}

/** Whether an image has no shell, and so runs nothing in shell form. */
export function hasNoShell(base: Base): boolean {
  if (base.type !== "image") return base.type === "scratch";
  if (base.tag === undefined) return false;
  if (isDistroless(base) || isRecipe(base)) return !base.tag.includes("debug");
  return isStatic(base);
}

/** Whether an image has no loader, and so runs static programs only. */
export function hasNoLoader(base: Base): boolean {
  if (base.type !== "image") return base.type === "scratch";
  return isStatic(base) || base.repository.startsWith("gcr.io/distroless/static");
}

function isStatic({ repository, tag }: ImageBase): boolean {
  if (repository === "tare/static") return true;
  return repository === "cgr.dev/chainguard/static" && tag !== undefined && !tag.includes("dev");
}

/** Composed without a shell, as all that ship are but the minimal system. */
function isRecipe({ repository }: ImageBase): boolean {
  return repository.startsWith("tare/") && repository !== "tare/debian";
}

function isDistroless({ repository }: ImageBase): boolean {
  return repository.startsWith("gcr.io/distroless/");
}

/** The program that an image starts by itself, and gives CMD to; undefined where none is known. */
export function entrypointOf(base: Base): readonly string[] | undefined {
  if (base.type !== "image") return undefined;
  if (base.known) return base.known.config.Entrypoint;
  return ENTRYPOINTS.find(([pattern]) => pattern.test(base.repository))?.[1];
}

const ENTRYPOINTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^gcr\.io\/distroless\/nodejs/, ["/nodejs/bin/node"]],
  [/^gcr\.io\/distroless\/python3/, ["/usr/bin/python3"]],
  [/^gcr\.io\/distroless\/java(?!-base)/, ["/usr/bin/java", "-jar"]],
  [/^cgr\.dev\/chainguard\/node$/, ["/usr/bin/node"]],
  [/^cgr\.dev\/chainguard\/python$/, ["/usr/bin/python"]],
];
