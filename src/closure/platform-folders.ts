import { type ElfFile, machineName } from "../elf/index.ts";

/** What Debian's loaders have built in for one kind of machine. */
export interface PlatformNames {
  /** The name of its folders, `x86_64-linux-gnu`; `$LIB` is `lib/` and this. */
  readonly triplet: string;
  /** `$PLATFORM`. */
  readonly platform: string;
}

/** The names of the machine that a file is for; undefined of one that Debian is not made for. */
function platformNames(elf: ElfFile): PlatformNames | undefined {
  const kind = PLATFORMS.find(
    ({ machine, endian = "little" }) => machine === machineKind(elf) && endian === elf.endian,
  );
  return kind && { triplet: kind.triplet, platform: kind.platform };
}

function machineKind(elf: ElfFile): string {
  if (elf.machine === EM_ARM && (elf.flags & EF_ARM_ABI_FLOAT_HARD) !== 0) return "ARM hard-float";
  return `${machineName(elf)} ${elf.bits}`;
}

const EM_ARM = 40;
const EF_ARM_ABI_FLOAT_HARD = 0x400;

const PLATFORMS: readonly (PlatformNames & { readonly machine: string; readonly endian?: "big" })[] = [
  { machine: "x86-64 64", triplet: "x86_64-linux-gnu", platform: "x86_64" },
  { machine: "AArch64 64", triplet: "aarch64-linux-gnu", platform: "aarch64" },
  { machine: "x86 32", triplet: "i386-linux-gnu", platform: "i686" },
  { machine: "ARM hard-float", triplet: "arm-linux-gnueabihf", platform: "v7l" },
  { machine: "ARM 32", triplet: "arm-linux-gnueabi", platform: "v5l" },
  { machine: "PowerPC 64 64", triplet: "powerpc64le-linux-gnu", platform: "power8" },
  { machine: "S/390 64", triplet: "s390x-linux-gnu", platform: "z900", endian: "big" },
  { machine: "RISC-V 64", triplet: "riscv64-linux-gnu", platform: "riscv64" },
  { machine: "LoongArch 64", triplet: "loongarch64-linux-gnu", platform: "loongarch64" },
  { machine: "MIPS 64", triplet: "mips64el-linux-gnuabi64", platform: "mips" },
  { machine: "MIPS 32", triplet: "mipsel-linux-gnu", platform: "mips" },
  { machine: "x32 32", triplet: "x86_64-linux-gnux32", platform: "x86_64" },
];

/** Where glibc's loader looks last, as `ld.so --help` of Debian says. */
export function defaultFolders(elf: ElfFile): readonly string[] {
  const triplet = platformNames(elf)?.triplet;
  return [...(triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`]), "/lib", "/usr/lib"];
}

/** Where musl's loader looks last when there is no `/etc/ld-musl-*.path`, and Debian's folder for it. */
export function muslFolders(elf: ElfFile): readonly string[] {
  const triplet = platformNames(elf)?.triplet.replace(/gnu.*$/, "musl");
  return ["/lib", "/usr/local/lib", "/usr/lib", ...(triplet === undefined ? [] : [`/usr/lib/${triplet}`])];
}

/**
 * A folder of an RPATH or RUNPATH, or a name with a slash, with `$ORIGIN`, `$LIB` and `$PLATFORM` replaced
 * (ld.so(8), "Dynamic string tokens").
 */
export function expandTokens(
  text: string,
  { elf, origin }: { readonly elf: ElfFile; readonly origin: string },
): string {
  if (!text.includes("$")) return text;
  const names = platformNames(elf);
  const values: Readonly<Record<string, string>> = {
    ORIGIN: `/${origin}`,
    LIB: names ? `lib/${names.triplet}` : "lib",
    PLATFORM: names?.platform ?? "",
  };
  return text.replace(
    /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))/g,
    (_, braced: string | undefined, plain: string | undefined) => values[braced ?? plain ?? ""] ?? "",
  );
}
