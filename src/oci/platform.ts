import { TareError } from "../base/index.ts";
import type { Platform } from "./types.ts";

const SYSTEMS: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd illumos ios js linux macos netbsd openbsd plan9 solaris wasip1 windows".split(
    " ",
  ),
);

const ARCHITECTURES: Readonly<Record<string, Omit<Platform, "os">>> = {
  x86_64: { architecture: "amd64" },
  "x86-64": { architecture: "amd64" },
  amd64: { architecture: "amd64" },
  x64: { architecture: "amd64" },
  i386: { architecture: "386" },
  ia32: { architecture: "386" },
  aarch64: { architecture: "arm64" },
  arm64: { architecture: "arm64" },
  armhf: { architecture: "arm", variant: "v7" },
  armel: { architecture: "arm", variant: "v6" },
  arm: { architecture: "arm", variant: "v7" },
};

/** Go's words for architectures, which alone mean them as well. */
const KNOWN: ReadonlySet<string> = new Set(
  "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split(
    " ",
  ),
);

/** The platform of a machine, from `process.arch`'s words. */
export function platformOf(arch: string): Platform {
  return { os: "linux", ...architecture(arch) };
}

/** Reads `linux/arm64/v8`, `linux/amd64`, `arm64` (containerd platforms, "Specifier"). */
export function parsePlatform(text: string, host: Platform): Platform {
  const parts = text.toLowerCase().split("/");
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) throw invalid(text);
  const [first, arch, variant] = parts as [string, string?, string?];
  if (arch !== undefined)
    return normalise({
      os: system(first),
      ...architecture(arch),
      ...(variant !== undefined && { variant: variant.replace(/^(?=\d)/, "v") }),
    });
  if (SYSTEMS.has(first)) return { ...host, os: system(first) };
  if (!Object.hasOwn(ARCHITECTURES, first) && !KNOWN.has(first))
    throw invalid(text, ": unknown operating system or architecture");
  return normalise({ os: host.os, ...architecture(first) });
}

function invalid(text: string, why = ""): TareError {
  return new TareError("user-bad-reference", `invalid platform ${JSON.stringify(text)}${why}`, {
    hint: "write OS/ARCHITECTURE[/VARIANT], for example linux/arm64",
  });
}

function system(text: string): string {
  return text === "macos" ? "darwin" : text;
}

/** `linux/arm64/v8` and the like. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture: arch, variant } = platform;
  return variant ? `${os}/${arch}/${variant}` : `${os}/${arch}`;
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(normalise(a)) === formatPlatform(normalise(b));
}

/**
 * The one of several images for a platform, or for one whose programs run on it as well: arm/v7 runs what was made for v6
 * and v5, amd64/v3 what was made for v2 and v1, the later the better. Undefined when none fits.
 */
export function fittingPlatform<T extends { readonly platform?: Platform }>(
  images: readonly T[],
  wanted: Platform,
): T | undefined {
  const exact = images.find(({ platform }) => platform && samePlatform(platform, wanted));
  if (exact) return exact;
  const fitting = images.flatMap((image) => {
    const { os, architecture: arch } = image.platform ?? {};
    if (!image.platform || os !== wanted.os || arch !== wanted.architecture) return [];
    const level = levelOf(image.platform);
    return level <= levelOf(wanted) ? [{ image, level }] : [];
  });
  return fitting.sort((a, b) => b.level - a.level)[0]?.image;
}

/** What a name without a variant means. */
const IMPLIED: Readonly<Record<string, number>> = { arm: 7, arm64: 8 };

function levelOf({ architecture: arch, variant }: Platform): number {
  const level = /^v(\d+)$/.exec(variant ?? "")?.[1];
  if (level !== undefined) return Number(level);
  return Object.hasOwn(IMPLIED, arch) ? (IMPLIED[arch] as number) : 1;
}

function architecture(text: string): Omit<Platform, "os"> {
  const known = Object.hasOwn(ARCHITECTURES, text) ? ARCHITECTURES[text] : undefined;
  return known ?? { architecture: text };
}

/** arm64/v8 and amd64/v1 are what those names mean without a variant, arm alone is arm/v7. */
function normalise({ os, architecture: arch, variant }: Platform): Platform {
  if (arch === "arm" && variant === undefined) return { os, architecture: arch, variant: "v7" };
  const implied = (arch === "arm64" && variant === "v8") || (arch === "amd64" && variant === "v1");
  return { os, architecture: arch, ...(variant !== undefined && !implied && { variant }) };
}
