import { VERSION } from "../api/index.ts";
import { type CheckReport, type CheckWarning, dockerUrl, RULES, type Rule } from "../check/index.ts";
import { jsonPieces, mapped, ROWS } from "./json-text.ts";

/** Findings as SARIF 2.1.0 (OASIS), as code hosts take them, in pieces; ends with a line feed. */
export function checkSarif(report: CheckReport): Iterable<string> {
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "tare", version: VERSION, rules: RULES.map(descriptor) } },
        columnKind: "utf16CodeUnits",
        artifacts: [{ location: { uri: uriOf(report.file) }, sourceLanguage: "dockerfile" }],
        results: ROWS,
      },
    ],
  };
  return jsonPieces(
    log,
    mapped(report.warnings, (warning) => resultOf(report, warning)),
  );
}

function descriptor(rule: Rule): object {
  const url = dockerUrl(rule);
  return {
    id: rule.id,
    shortDescription: { text: rule.summary },
    help: { text: `See ${rule.url}.` },
    ...(url !== undefined && { helpUri: url }),
    defaultConfiguration: { level: rule.severity, enabled: rule.experimental !== true },
    properties: { tags: [rule.group] },
  };
}

function resultOf({ file }: CheckReport, { rule, message, hint, range, fix }: CheckWarning): object {
  const artifactLocation = { uri: uriOf(file), index: 0 };
  return {
    ruleId: rule.id,
    ruleIndex: RULES.indexOf(rule),
    level: rule.severity,
    message: { text: hint === undefined ? message : `${message}. Hint: ${hint}` },
    locations: [{ physicalLocation: { artifactLocation, region: regionOf(range) } }],
    ...(fix && {
      fixes: [
        {
          description: { text: fix.title },
          artifactChanges: [{ artifactLocation, replacements: fix.edits.map(replacement) }],
        },
      ],
    }),
  };
}

/** `charOffset` counts UTF-16 units, as our edits do. */
function replacement({ start, end, text }: NonNullable<CheckWarning["fix"]>["edits"][number]): object {
  return {
    deletedRegion: { charOffset: start, charLength: end - start },
    ...(text !== "" && { insertedContent: { text } }),
  };
}

/** Columns begin at 1, and the end is behind the last one, in SARIF as with us. */
function regionOf({ start, end }: CheckWarning["range"]): object {
  return {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: end.line === start.line ? Math.max(end.column, start.column) : end.column,
  };
}

function uriOf(file: string): string {
  const path = file.split("/").map(encodeURIComponent).join("/");
  return file.startsWith("/") ? `file://${path}` : path;
}
