import { resolve } from "node:path";
import { type RunRequest, TareError, type Volume } from "../api/index.ts";
import { parseBytes } from "./step-flags.ts";

/** What the mount flags of `run` come to. */
export interface RunMounts {
  readonly volumes: readonly Volume[];
  readonly tmpfs: NonNullable<RunRequest["tmpfs"]>;
}

type Tmpfs = RunMounts["tmpfs"][number];

/** `SRC:DST[:ro]`. */
export function parseVolume(text: string): Volume {
  const [source = "", target = "", mode = "rw", ...more] = text.split(":");
  if (source === "" || !target.startsWith("/") || more.length > 0 || !["rw", "ro"].includes(mode))
    throw new TareError("user-bad-flag", `invalid volume ${JSON.stringify(text)}`, {
      hint: "write -v SOURCE:/TARGET or -v SOURCE:/TARGET:ro",
    });
  if (!/^[./~]/.test(source))
    throw new TareError("user-bad-flag", `-v ${text}: there are no volumes by name`, {
      hint: `for the folder ${source} here write -v ./${text}`,
    });
  return { source: resolve(source), target, readonly: mode === "ro" };
}

/** `DST[:size=64m,mode=1777,ro,noexec]`. */
export function parseTmpfs(text: string): Tmpfs {
  const at = text.indexOf(":");
  const [target, options] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  const words = options.split(",").filter((word) => word !== "" && !NO_CHANGE.includes(word));
  const values = new Map(words.map((word) => word.split("=", 2) as [string, string | undefined]));
  const [size, mode] = [values.get("size"), values.get("mode")];
  const known = [...values.keys()].every((key) => ["ro", "noexec", "size", "mode"].includes(key));
  if (!target.startsWith("/") || !known || !/^[0-7]{3,4}$/.test(mode ?? "1777"))
    throw bad("tmpfs", text, "write --tmpfs /TARGET:size=64m,mode=1777; ro and noexec are possible too");
  return {
    target,
    ...(values.has("ro") && { readonly: true }),
    ...(values.has("noexec") && { exec: false }),
    ...(size !== undefined && { size: parseBytes("tmpfs", size) }),
    ...(mode !== undefined && { mode }),
  };
}

/** What is so anyway. */
const NO_CHANGE = ["rw", "exec", "nosuid", "nodev"];

/** `type=bind,src=…,dst=…[,readonly]` or `type=tmpfs,dst=…[,tmpfs-size=…][,tmpfs-mode=…]`. */
export function parseMount(text: string): RunMounts {
  const fields = new Map(
    text.split(",").map((field) => {
      const at = field.indexOf("=");
      const [key, value] = at < 0 ? [field, "true"] : [field.slice(0, at), field.slice(at + 1)];
      return [NAMES[key] ?? key, value] as const;
    }),
  );
  const type = fields.get("type") ?? "volume";
  if (type === "volume")
    throw new TareError("user-bad-flag", "--mount type=volume is not supported: there are no named volumes", {
      hint: "use a folder of this machine: --mount type=bind,src=FOLDER,dst=/TARGET",
    });
  const allowed = ["type", "target", "readonly", ...(type === "bind" ? BIND : TMPFS)];
  const target = fields.get("target") ?? "";
  const unknown = [...fields.keys()].find((key) => !allowed.includes(key));
  if (!["bind", "tmpfs"].includes(type) || unknown !== undefined || !target.startsWith("/"))
    throw bad(
      "mount",
      text,
      "write --mount type=bind,src=SOURCE,dst=/TARGET[,readonly] or type=tmpfs,dst=/TARGET",
    );
  const readonly = truth(text, fields.get("readonly") ?? "false");
  if (type === "bind")
    return { volumes: [{ source: bindSource(text, fields), target, readonly }], tmpfs: [] };
  const [size, mode] = [fields.get("tmpfs-size"), fields.get("tmpfs-mode")];
  if (mode !== undefined && !/^[0-7]{3,4}$/.test(mode)) throw bad("mount", text, "write tmpfs-mode=1777");
  const tmpfs: Tmpfs = {
    target,
    readonly,
    ...(size !== undefined && { size: parseBytes("mount", size) }),
    ...(mode !== undefined && { mode }),
  };
  return { volumes: [], tmpfs: [tmpfs] };
}

const NAMES: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
};
/** How mounts come and go in a bind mount later, which they do not here. */
const BIND = ["source", "bind-propagation", "consistency"];
const TMPFS = ["tmpfs-size", "tmpfs-mode"];

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
