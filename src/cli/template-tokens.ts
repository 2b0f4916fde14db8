import { TareError } from "../api/index.ts";

/** A word of an action, and where it begins in the template. */
export interface Token {
  readonly kind: "name" | "field" | "variable" | "string" | "number" | "symbol";
  /** Without the dot, the dollar or the quotes; a string with its escapes resolved. */
  readonly text: string;
  readonly at: number;
  /** Whether white space or the beginning of the action stands before it. */
  readonly apart: boolean;
}

/** Text to print as it is, or the words between `{{` and `}}`. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly tokens: readonly Token[]; readonly at: number };

const BLANK = " \t\r\n";

/** Cuts a Go template (text/template, "Actions", "Text and spaces") into text and actions; comments are gone. */
export function templatePieces(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at < template.length) {
    const open = template.indexOf("{{", at);
    const end = open < 0 ? template.length : open;
    const trimmed = open >= 0 && template[open + 2] === "-" && isBlank(template[open + 3]);
    let text = template.slice(at, end);
    if (trimNext) text = text.trimStart();
    if (trimmed) text = text.trimEnd();
    if (text !== "") pieces.push({ kind: "text", text });
    if (open < 0) break;
    const action = readAction(template, { open, start: open + (trimmed ? 3 : 2) });
    if (!action.comment) pieces.push({ kind: "action", tokens: action.tokens, at: open });
    trimNext = action.trims;
    at = action.end;
  }
  return pieces;
}

interface Action {
  readonly tokens: readonly Token[];
  readonly comment: boolean;
  readonly trims: boolean;
  readonly end: number;
}

function readAction(
  template: string,
  { open, start }: { readonly open: number; readonly start: number },
): Action {
  const comment = /^\s*\/\*[\s\S]*?\*\/\s*(-?)\}\}/.exec(template.slice(start));
  if (comment)
    return { tokens: [], comment: true, trims: comment[1] === "-", end: start + comment[0].length };
  const tokens: Token[] = [];
  for (let at = start; ; ) {
    const before = at;
    while (isBlank(template[at])) at++;
    const trims = at > before && template.startsWith("-}}", at);
    if (trims || template.startsWith("}}", at))
      return { tokens, comment: false, trims, end: at + (trims ? 3 : 2) };
    if (at >= template.length)
      throw templateError("the action is not closed: }} is missing", { template, at: open });
    const { end, ...token } = readToken(template, at);
    tokens.push({ ...token, at, apart: at > before || at === start });
    at = end;
  }
}

type Read = Pick<Token, "kind" | "text"> & { readonly end: number };

const FORMS: readonly (readonly [RegExp, Token["kind"]])[] = [
  [/\$([A-Za-z_]\w*)?/y, "variable"],
  [/\.([A-Za-z_]\w*)/y, "field"],
  [/(-?\d+(?:\.\d+)?)/y, "number"],
  [/([A-Za-z_]\w*)/y, "name"],
  [/`([^`]*)`/y, "string"],
  [/(:=|[|().,=])/y, "symbol"],
];

function readToken(template: string, at: number): Read {
  if (template[at] === '"') return readString(template, at);
  for (const [form, kind] of FORMS) {
    form.lastIndex = at;
    const match = form.exec(template);
    if (match) return { kind, text: match[1] ?? "", end: at + match[0].length };
  }
  throw templateError(`unexpected ${JSON.stringify(template[at])}`, { template, at });
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", '"': '"', "\\": "\\" };

function readString(template: string, start: number): Read {
  let text = "";
  for (let at = start + 1; at < template.length; at++) {
    const character = template[at] as string;
    if (character === '"') return { kind: "string", text, end: at + 1 };
    if (character !== "\\") text += character;
    else {
      const escaped = template[++at] ?? "";
      if (!Object.hasOwn(ESCAPES, escaped))
        throw templateError(`unknown escape \\${escaped}`, { template, at });
      text += ESCAPES[escaped];
    }
  }
  throw templateError("the text in quotes is not closed", { template, at: start });
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && BLANK.includes(character);
}

/** What is wrong with a template, and where: `user-bad-flag`. */
export function templateError(
  why: string,
  { template, at, hint }: { readonly template: string; readonly at: number; readonly hint?: string },
): TareError {
  const before = template.slice(0, at).split("\n");
  const line = before.length > 1 ? `line ${before.length}, ` : "";
  const column = (before.at(-1) as string).length + 1;
  return new TareError("user-bad-flag", `invalid template at ${line}column ${column}: ${why}`, {
    hint:
      hint ?? `templates are written as Go's: '{{.ID}}', '{{json .}}', '{{range .RepoTags}}{{.}} {{end}}'`,
  });
}
