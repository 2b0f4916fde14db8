import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { platformOf } from "../../oci/index.ts";

/** What a processor runs besides its own programs. */
const ALSO: Readonly<Record<string, readonly string[]>> = { amd64: ["386"] };

/** The names that QEMU's emulators have in the kernel's list (binfmt_misc), where they are not OCI's. */
const EMULATORS: Readonly<Record<string, string>> = {
  "qemu-x86_64": "amd64",
  "qemu-i386": "386",
  "qemu-aarch64": "arm64",
  "qemu-ppc64le": "ppc64le",
  "qemu-loongarch64": "loong64",
};

/** The architectures, by OCI's names, whose programs run on this machine: its own, and what it has an emulator for. */
export function runnableArchitectures(
  arch: string,
  registered = "/proc/sys/fs/binfmt_misc",
): readonly string[] {
  const { architecture } = platformOf(arch);
  return [architecture, ...(ALSO[architecture] ?? []), ...emulated(registered)];
}

/** Only an emulator that the kernel has opened beforehand (flag F) is found from inside an image. */
function emulated(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith("qemu-") && isUsable(join(folder, name)))
      .map((name) => EMULATORS[name] ?? name.slice("qemu-".length));
  } catch {
    return [];
  }
}

function isUsable(path: string): boolean {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines[0] === "enabled" && lines.some((line) => /^flags:.*F/.test(line));
}
