import { type ProvenanceMode, SBOM_FORMATS, type SbomFormat, TareError } from "../api/index.ts";
import type { Flag, Parsed } from "./flags.ts";

export const sbomFlag: Flag = {
  name: "sbom",
  type: "string",
  value: "FORMAT",
  words: ["true", "false", ...SBOM_FORMATS],
  description:
    "attach a list of what is in the image, for -o type=oci and pushes: true (both), cyclonedx or spdx",
};

export const provenanceFlag: Flag = {
  name: "provenance",
  type: "string",
  value: "MODE",
  words: ["true", "false", "min", "max", "mode=min", "mode=max"],
  description: "attach what made each layer, for -o type=oci and pushes: min, or max with the Dockerfile",
};

/**
 * The documents that `--sbom` and docker's `--attest type=sbom` ask for. `user-bad-flag` for everything else.
 */
export function sbomFormats(flags: Parsed): readonly SbomFormat[] {
  const attested = attestsOf(flags)
    .filter(({ type }) => type === "sbom")
    .map(({ isOff }) => (isOff ? [] : SBOM_FORMATS));
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

/** How much the statement says that `--provenance` and docker's `--attest type=provenance` ask for; undefined for none. */
export function provenanceMode(flags: Parsed): ProvenanceMode | undefined {
  const attested = attestsOf(flags).filter(({ type }) => type === "provenance");
  const given = flags.string("provenance");
  const asked = [
    ...(given === undefined ? [] : [modeOf(given)]),
    ...attested.map(({ isOff, mode }) => (isOff ? undefined : (mode ?? "min"))),
  ];
  if (asked.length > 1)
    throw new TareError("user-bad-flag", "the provenance is asked for twice", {
      hint: "keep one of --provenance and --attest type=provenance",
    });
  return asked[0];
}

function modeOf(value: string): ProvenanceMode | undefined {
  if (TRUE.test(value)) return "min";
  if (FALSE.test(value)) return undefined;
  const mode = PROVENANCE_MODES.find((candidate) => value === candidate || value === `mode=${candidate}`);
  if (mode) return mode;
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(value)} for --provenance`, {
    hint: `it takes ${provenanceFlag.words?.join(", ")}`,
  });
}

const PROVENANCE_MODES: readonly ProvenanceMode[] = ["min", "max"];

interface Attest {
  readonly type: "sbom" | "provenance";
  readonly isOff: boolean;
  readonly mode?: ProvenanceMode | undefined;
}

/** `type=sbom`, `type=sbom,disabled=true`, `type=provenance,mode=max`. */
function attestsOf(flags: Parsed): readonly Attest[] {
  return flags.list("attest").map((text) => {
    const fields = new Map(text.split(",").map((field) => splitAt(field)));
    const type = fields.get("type");
    const isOff = TRUE.test(fields.get("disabled") ?? "");
    const more = [...fields.keys()].filter((key) => key !== "type" && key !== "disabled");
    const mode = PROVENANCE_MODES.find((candidate) => candidate === fields.get("mode"));
    if (type === "sbom" && (isOff || more.length === 0)) return { type, isOff };
    if (type === "provenance" && (isOff || more.length === 0 || (more.length === 1 && mode)))
      return { type, isOff, mode };
    throw new TareError("user-bad-flag", `--attest ${text} is not supported yet`, {
      hint:
        type === "sbom"
          ? NO_OPTIONS
          : "there are --attest type=sbom and --attest type=provenance,mode=min or max",
    });
  });
}

function splitAt(field: string): readonly [string, string] {
  const at = field.indexOf("=");
  return at < 0 ? [field.trim(), ""] : [field.slice(0, at).trim(), field.slice(at + 1).trim()];
}
