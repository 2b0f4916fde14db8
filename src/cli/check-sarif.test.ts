import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { checkSource } from "../check/fixtures.ts";
import { checkSarif } from "./check-sarif.ts";

/** The schema of SARIF 2.1.0, as its makers publish it. */
const SCHEMA = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";

const isSarif = (() => {
  // Of draft 4 it has only these two words that a newer validator does not take.
  const { $schema: _, id: __, ...schema } = createRequire(import.meta.url)(SCHEMA) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  return ajv.compile<never>(schema);
})();

const FAULTY = `# check=experimental=all
FROM debian as base
MAINTAINER someone
RUN apt-get update && \\
    apt-get install -y curl

ENV KEY=secret
CMD node app.js
FROM scratch
COPY --from=base /usr/bin/curl /
`;

const CASES: Readonly<Record<string, readonly [source: string, file: string]>> = {
  "many findings": [FAULTY, "Dockerfile"],
  "lines that end as on Windows": [FAULTY.replaceAll("\n", "\r\n"), "Dockerfile"],
  "an odd path": [FAULTY, "/some where/ä#%?[x]/Dockerfile:1"],
  "no finding": ["FROM scratch\n", "Dockerfile"],
};

for (const [name, [source, file]] of Object.entries(CASES))
  test(`the log is what the schema of SARIF 2.1.0 asks for: ${name}`, () => {
    const report = checkSource(source, { file });
    const log = JSON.parse([...checkSarif(report)].join(""));
    assert.equal(isSarif(log) || JSON.stringify(isSarif.errors), true);
    assert.equal(log.runs[0].results.length, report.warnings.length);
    assert.equal(report.warnings.length > 3, source !== "FROM scratch\n");
  });

test("the schema refuses what is no SARIF", () => {
  const log = JSON.parse([...checkSarif(checkSource(FAULTY))].join(""));
  const [run] = log.runs;
  const [result] = run.results;
  const [location] = result.locations;
  const region = { ...location.physicalLocation.region, startLine: 0 };
  const odd = [
    { ...log, version: "2.0.0" },
    { ...log, runs: [{ ...run, tool: {} }] },
    { ...log, runs: [{ ...run, results: [{ ...result, level: "bad" }] }] },
    {
      ...log,
      runs: [{ ...run, results: [{ ...result, locations: [{ physicalLocation: { region } }] }] }],
    },
    { ...log, runs: [{ ...run, more: 1 }] },
  ];
  for (const one of odd) assert.equal(isSarif(one), false);
});
