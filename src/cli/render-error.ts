import { type SourceLocation, TareError } from "../api/index.ts";
import { visibleText } from "../text/index.ts";
import { plainText, widthOf } from "./text.ts";

const RULE = "--------------------";
const CONTEXT = 2;

/** An error for people: the Dockerfile lines with `>>>` and a caret, the last log lines, the cause, a hint. */
export function renderError(error: unknown, { debug }: { readonly debug: boolean }): string {
  if (!(error instanceof TareError)) return renderBug(error, debug);
  const { location, log, hint } = error.facts;
  const lines = [
    ...(location ? excerpt(location) : []),
    ...(log && log.length > 0 ? [...log.map((line) => `  | ${plainText(line)}`), RULE] : []),
    `ERROR: ${visibleText(error.message)}`,
    ...(hint === undefined ? [] : [`hint: ${visibleText(hint)}`]),
    ...(debug
      ? [error.stack ?? "", ...(error.cause instanceof Error ? [`caused by ${error.cause.stack}`] : [])]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** As BuildKit prints it, with a caret under the column where one is known. */
function excerpt({ file, source, range }: SourceLocation): readonly string[] {
  const all = source.split(/\r?\n/);
  const first = range.start.line;
  const last = Math.min(Math.max(range.end.line, first), all.length);
  const from = Math.max(1, first - CONTEXT);
  const to = Math.min(all.at(-1) === "" ? all.length - 1 : all.length, last + CONTEXT);
  const lines: string[] = [];
  for (let number = from; number <= to; number++) {
    const marked = number >= first && number <= last;
    const prefix = ` ${String(number).padStart(3)} | ${marked ? ">>>" : "   "} `;
    lines.push(prefix.concat(visibleText(all[number - 1] ?? "")).trimEnd());
    if (number === first && isPart(range, all[number - 1] ?? ""))
      lines.push(caret(prefix.length, all[number - 1] ?? "", range));
  }
  return [`${visibleText(file)}:${first}`, RULE, ...lines, RULE];
}

/** Whether the range is less than its whole line: then the caret says more than `>>>`. */
function isPart({ start, end }: SourceLocation["range"], line: string): boolean {
  return start.column > 1 || (end.line === start.line && end.column <= line.trimEnd().length);
}

/** Tabs stay tabs, so that the caret stands right however wide they are; wide characters are two columns. */
function caret(indent: number, line: string, { start, end }: SourceLocation["range"]): string {
  const stop = end.line === start.line ? end.column : line.length + 1;
  const before = line.slice(0, start.column - 1).split("\t");
  const marked = widthOf(line.slice(start.column - 1, stop - 1));
  return (
    " ".repeat(indent) +
    before.map((text) => " ".repeat(widthOf(text))).join("\t") +
    "^".repeat(Math.max(1, marked))
  );
}

function renderBug(error: unknown, debug: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/^(ENOSPC|EDQUOT)\b/.test(message))
    return `ERROR: the disk is full: ${message}\nhint: free space with \`tare prune\`, or set TARE_ROOT, and TMPDIR for what arrives on standard input, to a larger disk\n`;
  const stack = debug && error instanceof Error ? `${error.stack}\n` : "";
  return `ERROR: internal error: ${message}\nhint: please report this, with the output of the same command with --debug\n${stack}`;
}
