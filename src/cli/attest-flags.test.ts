import assert from "node:assert/strict";
import { test } from "node:test";
import { provenanceMode, sbomFormats } from "./attest-flags.ts";
import { buildSpec } from "./commands/build-spec.ts";
import { parseFlags } from "./flags.ts";

function asked(...words: readonly string[]): { readonly formats: string; readonly args: readonly string[] } {
  const flags = parseFlags(buildSpec, words);
  return { formats: sbomFormats(flags).join(" "), args: flags.args };
}

test("an SBOM is asked for as in docker, or by a format", () => {
  const both = "cyclonedx spdx";
  const cases: readonly (readonly [string, string])[] = [
    [".", ""],
    ["--sbom .", both],
    ["--sbom=true .", both],
    ["--sbom=1 .", both],
    ["--sbom true .", both],
    ["--sbom=false .", ""],
    ["--sbom false .", ""],
    ["--sbom=spdx .", "spdx"],
    ["--sbom cyclonedx .", "cyclonedx"],
    ["--attest type=sbom .", both],
    ["--attest=type=sbom,disabled=true .", ""],
    ["--attest type=provenance,disabled=true .", ""],
    ["--attest type=provenance,disabled=true --sbom .", both],
    ["--provenance=false --sbom=spdx .", "spdx"],
  ];
  for (const [line, formats] of cases)
    assert.deepEqual(asked(...line.split(" ")), { formats, args: ["."] }, line);
});

test("a word behind --sbom that is none of its own is the next argument", () => {
  assert.deepEqual(asked("--sbom", "yes"), { formats: "cyclonedx spdx", args: ["yes"] });
  assert.deepEqual(asked("--sbom"), { formats: "cyclonedx spdx", args: [] });
});

test("provenance is asked for as in docker", () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    ".": undefined,
    "--provenance=false .": undefined,
    "--provenance .": "min",
    "--provenance=true .": "min",
    "--provenance=mode=max .": "max",
    "--provenance max .": "max",
    "--attest type=provenance .": "min",
    "--attest type=provenance,mode=max .": "max",
    "--attest type=provenance,disabled=true --sbom .": undefined,
  };
  for (const [line, mode] of Object.entries(cases)) {
    const flags = parseFlags(buildSpec, line.split(" "));
    assert.deepEqual([provenanceMode(flags), flags.args], [mode, ["."]], line);
  }
});

test("what is not done is refused with advice", () => {
  const cases: Readonly<Record<string, readonly [string, RegExp]>> = {
    "--sbom=yes": ['invalid value "yes" for --sbom', /it takes true, false, cyclonedx, spdx/],
    "--sbom=generator=image": ['invalid value "generator=image" for --sbom', /found by Tare itself/],
    "--attest type=sbom,generator=image": [
      "--attest type=sbom,generator=image is not supported yet",
      /found by Tare itself/,
    ],
    "--attest type=provenance,mode=all": [
      "--attest type=provenance,mode=all is not supported yet",
      /there are --attest type=sbom and/,
    ],
    "--attest sbom": ["--attest sbom is not supported yet", /there are/],
    "--provenance=version=v1": ['invalid value "version=v1" for --provenance', /it takes true, false, min/],
    "--provenance --attest type=provenance": ["the provenance is asked for twice", /keep one/],
    "--sbom --attest type=sbom": ["the SBOM is asked for twice", /keep one/],
  };
  for (const [line, [message, hint]] of Object.entries(cases))
    assert.throws(
      () => {
        asked(...line.split(" "));
        provenanceMode(parseFlags(buildSpec, line.split(" ")));
      },
      (error: Error & { code?: string; facts?: { hint?: string } }) => {
        assert.deepEqual([error.code, error.message], ["user-bad-flag", message]);
        assert.match(error.facts?.hint ?? "", hint);
        return true;
      },
      line,
    );
});
