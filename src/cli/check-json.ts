import { type CheckReport, type CheckWarning, dockerUrl } from "../check/index.ts";
import { jsonPieces, mapped, ROWS } from "./json-text.ts";

/** Findings as `docker build --call=check,format=json` gives them, in pieces; ends with a line feed. */
export function checkJson({ file, source, warnings }: CheckReport): Iterable<string> {
  const data = Buffer.from(source).toString("base64");
  const result = { warnings: ROWS, sources: [{ filename: file, language: "Dockerfile", data }] };
  return jsonPieces(result, mapped(warnings, warningJson));
}

function warningJson({ rule, message, range }: CheckWarning): object {
  const first = range.start.line;
  return {
    ruleName: rule.id,
    description: rule.summary,
    url: dockerUrl(rule) ?? rule.url,
    detail: message,
    location: {
      // One range a line, as BuildKit has it.
      ranges: Array.from({ length: range.end.line - first + 1 }, (_, index) => ({
        start: { line: first + index },
        end: { line: first + index },
      })),
    },
  };
}
