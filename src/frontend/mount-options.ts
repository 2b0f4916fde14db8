import { TareError } from "../base/index.ts";
import type { MountFlag } from "../dockerfile/index.ts";
import { suggest } from "../text/index.ts";

/** The options of one `--mount`, checked, with variables expanded and defaults not yet filled in. */
export interface MountOptions {
  readonly type: MountType;
  readonly from?: string;
  readonly source?: string;
  readonly target?: string;
  readonly readonly?: boolean;
  readonly required: boolean;
  readonly size?: number;
  readonly id?: string;
  readonly sharing?: "shared" | "private" | "locked";
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: string;
}

const TYPES = ["bind", "cache", "tmpfs", "secret", "ssh"] as const;
type MountType = (typeof TYPES)[number];
const SHARING = ["shared", "private", "locked"] as const;

/** Keys by their long name; what other names they go by. */
const KEYS: Readonly<Record<string, keyof MountOptions>> = {
  type: "type",
  from: "from",
  source: "source",
  src: "source",
  target: "target",
  dst: "target",
  destination: "target",
  readonly: "readonly",
  ro: "readonly",
  readwrite: "readonly",
  rw: "readonly",
  required: "required",
  size: "size",
  id: "id",
  sharing: "sharing",
  mode: "mode",
  uid: "uid",
  gid: "gid",
  env: "env",
};

/** Which types an option is for; one that is not here is for all. */
const ONLY_FOR: Partial<Record<keyof MountOptions, readonly MountType[]>> = {
  required: ["secret", "ssh"],
  size: ["tmpfs"],
  sharing: ["cache"],
  mode: ["secret", "ssh", "cache"],
  uid: ["secret", "ssh", "cache"],
  gid: ["secret", "ssh", "cache"],
  from: ["bind", "cache"],
  source: ["bind", "cache", "secret", "ssh"],
};

/** Reads a `--mount` flag (Dockerfile reference, "RUN --mount"); `expand` replaces variables in values. */
export function readMountOptions(flag: MountFlag, expand: (text: string) => string): MountOptions {
  let found: Partial<Record<keyof MountOptions, unknown>> = {};
  for (const { key, value } of flag.options) {
    const name = KEYS[key];
    if (name === undefined) throw unknownKey(key);
    found = { ...found, [name]: valueOf(name, key, expand(value)) };
  }
  const options = { type: "bind", required: false, ...found } as MountOptions;
  for (const [name, types] of Object.entries(ONLY_FOR) as [keyof MountOptions, readonly MountType[]][])
    if (found[name] !== undefined && !types.includes(options.type))
      throw wrong(
        `unexpected key '${name}' for mount type '${options.type}'`,
        `${name} belongs to type=${types.join(", ")}`,
      );
  return options;
}

function valueOf(name: keyof MountOptions, key: string, value: string): unknown {
  switch (name) {
    case "type":
      return oneOf("mount type", value.toLowerCase(), TYPES);
    case "sharing":
      return oneOf("sharing value", value.toLowerCase(), SHARING);
    case "readonly":
      return flagValue(key, value) === (key === "readonly" || key === "ro");
    case "required":
      return flagValue(key, value);
    case "size":
      return bytes(value);
    case "mode":
      return number(key, value, 8);
    case "uid":
    case "gid":
      return number(key, value, 10);
    default:
      if (value === "" && name !== "from") return undefined;
      return value;
  }
}

function flagValue(key: string, value: string): boolean {
  if (/^(|1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw wrong(`invalid value for ${key}: ${value}`, "write true or false");
}

function number(key: string, value: string, radix: 8 | 10): number {
  if (radix === 8 ? /^[0-7]{1,6}$/.test(value) : /^\d{1,10}$/.test(value))
    return Number.parseInt(value, radix);
  throw wrong(
    `invalid value ${value} for ${key}`,
    radix === 8 ? "write an octal mode such as 0400" : "write a number",
  );
}

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `64m`, `1GiB`, `4096`: powers of 1024, as in the reference. */
export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt])?i?b?$/i.exec(text);
  if (match) return Math.floor(Number(match[1]) * (UNITS[(match[2] ?? "b").toLowerCase()] as number));
  throw wrong(`invalid size: ${JSON.stringify(text)}`, "write it like 64m or 1g");
}

function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const near = suggest(value, allowed);
  throw wrong(
    `unsupported ${what} ${JSON.stringify(value)}`,
    near === undefined ? `it takes ${allowed.join(", ")}` : `did you mean ${near}?`,
  );
}

function unknownKey(key: string): TareError {
  const near = suggest(key, Object.keys(KEYS));
  return wrong(
    `unexpected key '${key}' in '--mount'`,
    near === undefined ? `it takes ${Object.keys(KEYS).join(", ")}` : `did you mean ${near}?`,
  );
}

function wrong(message: string, hint: string): TareError {
  return new TareError("user-dockerfile-semantics", message, { hint });
}
