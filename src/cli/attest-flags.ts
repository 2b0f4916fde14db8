import { SBOM_FORMATS, type SbomFormat, TareError } from "../api/index.ts";
import type { Flag, Parsed } from "./flags.ts";

export const sbomFlag: Flag = {
  name: "sbom",
  type: "string",
  value: "FORMAT",
  words: ["true", "false", ...SBOM_FORMATS],
  description: "attach a list of what is in the image, for -o type=oci: true (both), cyclonedx or spdx",
};

/**
 * The documents that `--sbom` and docker's `--attest type=sbom` ask for. Provenance can only be switched off, which is
 * how it is. `user-bad-flag` for everything else.
 */
export function sbomFormats(flags: Parsed): readonly SbomFormat[] {
  refuseProvenance(flags.string("provenance"));
  const attested = flags.list("attest").flatMap((text) => parseAttest(text) ?? []);
  const given = sbomGiven(flags);
  const asked = given ? [given, ...attested] : attested;
  if (asked.length > 1)
    throw new TareError("user-bad-flag", "the SBOM is asked for twice", {
      hint: "keep one of --sbom and --attest type=sbom",
    });
  return asked[0] ?? [];
}

/** The documents that `--sbom` alone asks for; undefined without it. */
export function sbomGiven(flags: Pick<Parsed, "string">): readonly SbomFormat[] | undefined {
  const value = flags.string("sbom");
  return value === undefined ? undefined : parseSbom(value);
}

function parseSbom(value: string): readonly SbomFormat[] {
  if (TRUE.test(value)) return SBOM_FORMATS;
  if (FALSE.test(value)) return [];
  const format = SBOM_FORMATS.find((candidate) => candidate === value);
  if (format) return [format];
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(value)} for --sbom`, {
    hint: value.includes("=") ? NO_OPTIONS : `it takes ${sbomFlag.words?.join(", ")}`,
  });
}

const TRUE = /^(1|t|true)$/i;
const FALSE = /^(0|f|false)$/i;
const NO_OPTIONS = "leave out generator and other options: packages are found by Tare itself";

/** `type=sbom`, `type=sbom,disabled=true`; nothing for another type that is switched off. */
function parseAttest(text: string): readonly (readonly SbomFormat[])[] | undefined {
  const fields = new Map(text.split(",").map((field) => splitAt(field)));
  const type = fields.get("type");
  const disabled = fields.get("disabled");
  const more = [...fields.keys()].filter((key) => key !== "type" && key !== "disabled");
  const isOff = disabled !== undefined && TRUE.test(disabled);
  if (type === "provenance" && isOff) return undefined;
  if (type === "sbom" && isOff) return [[]];
  if (type === "sbom" && more.length === 0) return [SBOM_FORMATS];
  throw new TareError("user-bad-flag", `--attest ${text} is not supported yet`, {
    hint: type === "sbom" ? NO_OPTIONS : "so far there is --attest type=sbom",
  });
}

function splitAt(field: string): readonly [string, string] {
  const at = field.indexOf("=");
  return at < 0 ? [field.trim(), ""] : [field.slice(0, at).trim(), field.slice(at + 1).trim()];
}

function refuseProvenance(value: string | undefined): void {
  if (value === undefined || FALSE.test(value)) return;
  throw new TareError("user-bad-flag", `--provenance=${value} is not supported yet`, {
    hint: "leave it out, or write --provenance=false",
  });
}
