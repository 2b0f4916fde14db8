import { type OutputRequest, TareError } from "../api/index.ts";
import type { Flag } from "./flags.ts";

/** Where an image goes besides the store. */
export const outputFlag: Flag = {
  name: "output",
  short: "o",
  type: "list",
  value: "type=T,dest=D",
  description: "write the result: oci, docker, tar or local; dest=- is standard output",
};

const TYPES = ["oci", "docker", "tar", "local", "image"] as const;

/** `-o type=docker,dest=app.tar,compression=gzip`; a bare path is a local folder, `-` a tar on standard output. */
export function parseOutput(text: string): OutputRequest {
  if (text === "-") return { type: "tar", dest: "-" };
  if (!text.includes("=")) return { type: "local", dest: text };
  const fields = new Map(text.split(",").map((field) => splitField(field, text)));
  const type = TYPES.find((candidate) => candidate === fields.get("type"));
  if (type === undefined) throw bad(text, `type is one of ${TYPES.join(", ")}`);
  const dest = fields.get("dest");
  const compression = compressionOf(fields.get("compression"), text);
  const level = fields.get("compression-level");
  const unknown = [...fields.keys()].find(
    (key) => !["type", "dest", "tar", "compression", "compression-level"].includes(key),
  );
  if (unknown !== undefined) throw bad(text, `${unknown} is not known or not done yet`);
  if (type !== "image" && dest === undefined) throw bad(text, "dest is missing");
  return {
    type,
    ...(dest !== undefined && { dest }),
    ...(fields.has("tar") && { tar: fields.get("tar") !== "false" }),
    ...(compression !== undefined && { compression }),
    ...(level !== undefined && { compressionLevel: levelOf(level, text) }),
  };
}

function splitField(field: string, text: string): readonly [string, string] {
  const at = field.indexOf("=");
  if (at < 0) throw bad(text, `${JSON.stringify(field)} has no value`);
  return [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1)];
}

function compressionOf(value: string | undefined, text: string): OutputRequest["compression"] {
  if (value === undefined || value === "gzip" || value === "uncompressed") return value;
  throw bad(text, "compression is gzip or uncompressed");
}

function levelOf(value: string, text: string): number {
  if (/^[0-9]$/.test(value)) return Number(value);
  throw bad(text, "compression-level is a number from 0 to 9");
}

function bad(text: string, why: string): TareError {
  return new TareError("user-bad-flag", `invalid output ${JSON.stringify(text)}: ${why}`, {
    hint: "write -o type=docker,dest=image.tar, -o type=oci,dest=image.tar, -o type=tar,dest=root.tar or -o type=local,dest=FOLDER",
  });
}
