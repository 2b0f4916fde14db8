import { resolve } from "node:path";
import {
  checkedVolumeName,
  type RunRequest,
  type StoreVolume,
  TareError,
  type Volume,
} from "../api/index.ts";
import { parseBytes } from "./step-flags.ts";

/** What the mount flags of `run` come to. */
export interface RunMounts {
  readonly volumes: readonly Volume[];
  readonly storeVolumes: readonly StoreVolume[];
  readonly tmpfs: NonNullable<RunRequest["tmpfs"]>;
}

type Tmpfs = RunMounts["tmpfs"][number];

/** `SRC:DST[:ro]`, where a source that is no path is a volume of the store; `DST` alone is one without a name. */
export function parseVolume(text: string): Partial<RunMounts> {
  const words = text.split(":");
  const [source = "", target = "", options = ""] = words.length === 1 ? ["", text] : words;
  const chosen = options.split(",").filter((word) => word !== "");
  const isFolder = /^[./~]/.test(source);
  const known = isFolder ? FOLDER_OPTIONS : VOLUME_OPTIONS;
  const isOdd =
    words.length > 3 || (words.length > 1 && source === "") || chosen.some((w) => !known.includes(w));
  if (isOdd || !target.startsWith("/") || (words.length > 2 && chosen.length === 0))
    throw new TareError("user-bad-flag", `invalid volume ${JSON.stringify(text)}`, {
      hint: "write -v SOURCE:/TARGET or -v SOURCE:/TARGET:ro",
    });
  const readonly = chosen.includes("ro");
  if (isFolder) return { volumes: [{ source: resolve(source), target, readonly }] };
  return { storeVolumes: [storeVolume(source, { target, readonly, copy: !chosen.includes("nocopy") })] };
}

/** Labels for SELinux and caches of other systems change nothing here. */
const FOLDER_OPTIONS = ["rw", "ro", "z", "Z", "rprivate", "private", "consistent", "cached", "delegated"];
const VOLUME_OPTIONS = ["rw", "ro", "z", "Z", "nocopy"];

function storeVolume(
  name: string,
  { target, readonly, copy }: Required<Omit<StoreVolume, "name">>,
): StoreVolume {
  return {
    target,
    readonly,
    ...(name !== "" && { name: checkedVolumeName(name) }),
    ...(!copy && { copy }),
  };
}

/** `DST[:size=64m,mode=1777,ro,exec]`; programs in it are not executed unless that is said, as in Docker. */
export function parseTmpfs(text: string): Tmpfs {
  const at = text.indexOf(":");
  const [target, options] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  const words = options.split(",").filter((word) => word !== "" && !NO_CHANGE.includes(word));
  const values = new Map(words.map((word) => word.split("=", 2) as [string, string | undefined]));
  const [size, mode] = [values.get("size"), values.get("mode")];
  const known = [...values.keys()].every((key) => ["ro", "exec", "size", "mode"].includes(key));
  if (!target.startsWith("/") || !known || !/^[0-7]{3,4}$/.test(mode ?? "1777"))
    throw bad("tmpfs", text, "write --tmpfs /TARGET:size=64m,mode=1777; ro and exec are possible too");
  return {
    target,
    ...(values.has("ro") && { readonly: true }),
    exec: values.has("exec"),
    ...(size !== undefined && { size: parseBytes("tmpfs", size) }),
    ...(mode !== undefined && { mode }),
  };
}

/** What is so anyway. */
const NO_CHANGE = ["rw", "noexec", "nosuid", "nodev"];

/** `type=volume,src=…,dst=…[,readonly]`, `type=bind,src=…,dst=…` or `type=tmpfs,dst=…[,tmpfs-size=…][,tmpfs-mode=…]`. */
export function parseMount(text: string): Partial<RunMounts> {
  const fields = new Map(
    text.split(",").map((field) => {
      const at = field.indexOf("=");
      const [key, value] = at < 0 ? [field, "true"] : [field.slice(0, at), field.slice(at + 1)];
      return [NAMES[key] ?? key, value] as const;
    }),
  );
  const type = fields.get("type") ?? "volume";
  const allowed = ["type", "target", "readonly", ...(KEYS.get(type) ?? [])];
  const target = fields.get("target") ?? "";
  const unknown = [...fields.keys()].find((key) => !allowed.includes(key));
  if (!KEYS.has(type) || unknown !== undefined || !target.startsWith("/"))
    throw bad(
      "mount",
      text,
      "write --mount type=bind,src=SOURCE,dst=/TARGET[,readonly], type=volume,src=NAME,dst=/TARGET or type=tmpfs,dst=/TARGET",
    );
  const readonly = truth(text, fields.get("readonly") ?? "false");
  if (type === "bind") return { volumes: [{ source: bindSource(text, fields), target, readonly }] };
  if (type === "volume") {
    const copy = !truth(text, fields.get("volume-nocopy") ?? "false");
    return { storeVolumes: [storeVolume(fields.get("source") ?? "", { target, readonly, copy })] };
  }
  const [size, mode] = [fields.get("tmpfs-size"), fields.get("tmpfs-mode")];
  if (mode !== undefined && !/^[0-7]{3,4}$/.test(mode)) throw bad("mount", text, "write tmpfs-mode=1777");
  const tmpfs: Tmpfs = {
    target,
    readonly,
    exec: false,
    ...(size !== undefined && { size: parseBytes("mount", size) }),
    ...(mode !== undefined && { mode }),
  };
  return { tmpfs: [tmpfs] };
}

const NAMES: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
};
/** How mounts come and go in a bind mount later, which they do not here, is one of them. */
const KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["bind", ["source", "bind-propagation", "consistency"]],
  ["volume", ["source", "volume-nocopy"]],
  ["tmpfs", ["tmpfs-size", "tmpfs-mode"]],
]);

function bindSource(text: string, fields: ReadonlyMap<string, string>): string {
  const source = fields.get("source") ?? "";
  const propagation = fields.get("bind-propagation") ?? "rprivate";
  if (source === "") throw bad("mount", text, "name the folder: src=FOLDER");
  if (!["rprivate", "private"].includes(propagation))
    throw bad("mount", text, "bind-propagation is always rprivate here");
  return resolve(source);
}

function truth(text: string, value: string): boolean {
  if (["true", "1"].includes(value)) return true;
  if (["false", "0"].includes(value)) return false;
  throw bad("mount", text, "write readonly, readonly=true or readonly=false");
}

function bad(flag: string, text: string, hint: string): TareError {
  return new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --${flag}`, { hint });
}
