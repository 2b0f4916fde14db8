import type { CheckResult } from "../api/index.ts";
import type { CheckWarning } from "../check/index.ts";
import { visibleText } from "../text/index.ts";

const RULE = "--------------------";
const CONTEXT = 2;

/** Findings for people, as `docker build --check` prints them, with a hint where there is one; in pieces. */
export function* checkText({ report, fixes }: CheckResult): Generator<string> {
  const { warnings, source, file } = report;
  const all = warnings.length > 0 ? source.replace(/^\uFEFF/, "").split(/\r?\n/) : [];
  for (const { rule, line, title } of fixes) yield `fixed ${file}:${line}: ${title} (${rule})\n`;
  for (const warning of warnings) yield `\n${warningText(warning, { file, all })}`;
  if (warnings.length > 0) yield "\n";
  yield `Check complete, ${countText(warnings.length)}\n`;
}

function warningText(
  { rule, message, hint, range, fix }: CheckWarning,
  { file, all }: { readonly file: string; readonly all: readonly string[] },
): string {
  const advice = hint === undefined ? [] : [`hint: ${hint}`];
  const lines = [
    `${rule.severity === "error" ? "ERROR" : "WARNING"}: ${rule.id} - ${rule.url}`,
    message,
    `${file}:${range.start.line}`,
    RULE,
    ...excerpt(all, range.start.line, range.end.line),
    RULE,
    ...advice,
    ...(fix ? [`fix: --fix would ${fix.title}`] : []),
  ];
  return `${visibleText(lines.join("\n"))}\n`;
}

function excerpt(all: readonly string[], first: number, end: number): readonly string[] {
  const last = Math.min(end, all.length);
  const from = Math.max(1, first - CONTEXT);
  const to = Math.min(all.at(-1) === "" ? all.length - 1 : all.length, last + CONTEXT);
  return all.slice(from - 1, to).map((line, index) => {
    const number = from + index;
    const marked = number >= first && number <= last;
    return ` ${String(number).padStart(3)} | ${marked ? ">>>" : "   "} ${line}`.trimEnd();
  });
}

function countText(count: number): string {
  if (count === 0) return "no warnings found.";
  return count === 1 ? "1 warning has been found!" : `${count} warnings have been found!`;
}
