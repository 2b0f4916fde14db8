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

/** Reads `linux/arm64/v8`, `linux/amd64`, `arm64`, `windows(10.0.20348)/amd64` (containerd platforms, "Specifier"). */
export function parsePlatform(text: string, host: Platform): Platform {
  const [, system = "", version, rest = ""] =
    /^([^/()]+)(?:\(([\w.+-]+)\))?((?:\/[^/]+){0,2})$/.exec(text.toLowerCase()) ?? [];
  const parts = [system, ...rest.split("/").slice(1)];
  if (parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) throw invalid(text);
  const [first, arch, variant] = parts as [string, string?, string?];
  const own = { os: systemOf(first), ...(version !== undefined && { "os.version": version }) };
  if (arch !== undefined)
    return normalise({
      ...own,
      ...architecture(arch),
      ...(variant !== undefined && { variant: variant.replace(/^(?=\d)/, "v") }),
    });
  if (SYSTEMS.has(first)) return { ...host, ...own };
  if (!Object.hasOwn(ARCHITECTURES, first) && !KNOWN.has(first))
    throw invalid(text, ": unknown operating system or architecture");
  return normalise({ os: host.os, ...architecture(first) });
}

function invalid(text: string, why = ""): TareError {
  return new TareError("user-bad-reference", `invalid platform ${JSON.stringify(text)}${why}`, {
    hint: "write OS/ARCHITECTURE[/VARIANT], for example linux/arm64",
  });
}

function systemOf(text: string): string {
  return text === "macos" ? "darwin" : text;
}

/** `linux/arm64/v8`, `windows(10.0.20348.2700)/amd64` and the like. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture: arch, variant, "os.version": version } = platform;
  return [version ? `${os}(${version})` : os, arch, ...(variant ? [variant] : [])].join("/");
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(normalise(a)) === formatPlatform(normalise(b));
}

/** The same, whatever version of the system they are for. */
function sameMachine(a: Platform, b: Platform): boolean {
  const [one, other] = [a, b].map(({ "os.version": _version, ...machine }) => machine) as [
    Platform,
    Platform,
  ];
  return samePlatform(one, other);
}

/**
 * The one of several images for a platform, or for one whose programs run on it as well: arm/v7 runs what was made for v6
 * and v5, amd64/v3 what was made for v2 and v1, the later the better. Of several for versions of Windows it is the one for
 * the version that is wanted, else the newest of the same build. Undefined when none fits.
 */
export function fittingPlatform<T extends { readonly platform?: Platform }>(
  images: readonly T[],
  wanted: Platform,
): T | undefined {
  const exact = images.find(({ platform }) => platform && samePlatform(platform, wanted));
  if (exact && (wanted.os !== "windows" || wanted["os.version"])) return exact;
  const fitting = images.flatMap((image) => {
    const { platform } = image;
    const { os, architecture: arch } = platform ?? {};
    if (!platform || os !== wanted.os || arch !== wanted.architecture) return [];
    const level = levelOf(platform);
    if (!sameBuild(platform, wanted) || level > levelOf(wanted)) return [];
    return [{ image, platform, level, isSame: sameMachine(platform, wanted) }];
  });
  const better = (a: (typeof fitting)[number], b: (typeof fitting)[number]) =>
    Number(b.isSame) - Number(a.isSame) || b.level - a.level || newerVersion(a.platform, b.platform);
  return fitting.sort(better)[0]?.image;
}

/** Windows runs images of its own build (containerd, platforms/platform_windows_compat.go); who says no version runs on any. */
function sameBuild(image: Platform, wanted: Platform): boolean {
  const [own, other] = [image, wanted].map((one) => one["os.version"]?.split(".").slice(0, 3).join("."));
  return !own || !other || own === other;
}

/** Negative when the first is for a newer version. */
function newerVersion(a: Platform, b: Platform): number {
  const [one, other] = [a, b].map((platform) => platform["os.version"] ?? "") as [string, string];
  return other.localeCompare(one, "en", { numeric: true });
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
function normalise({ variant, ...platform }: Platform): Platform {
  const { architecture: arch } = platform;
  if (arch === "arm" && variant === undefined) return { ...platform, variant: "v7" };
  const implied = (arch === "arm64" && variant === "v8") || (arch === "amd64" && variant === "v1");
  return { ...platform, ...(variant !== undefined && !implied && { variant }) };
}
