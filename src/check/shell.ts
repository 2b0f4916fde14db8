/** A word of a shell command, quotes taken away; `start` and `end` are places in the script. */
export interface ShellWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Whether it says what it means: no variable, no command substitution. */
  readonly plain: boolean;
}

/** One command of a script with its arguments. */
export interface ShellCommand {
  /** `NAME=value` in front of the program. */
  readonly assignments: readonly ShellWord[];
  /** The program first; redirections are left out. */
  readonly words: readonly ShellWord[];
  /** Files that its output goes to. */
  readonly outputs: readonly string[];
  /** The operator behind it: `&&`, `|`, `;`, a line feed, "" at the end. */
  readonly after: string;
}

/**
 * Cuts a POSIX shell script into its simple commands, those of loops and conditions too, so far as that can be seen
 * without running it. What is in a command substitution is not looked at.
 */
export function shellCommands(script: string): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: ShellWord[] = [];
  let outputs: string[] = [];
  let redirection: string | undefined;
  const end = (after: string): void => {
    const command = commandOf(words, { outputs, after });
    if (command) commands.push(command);
    words = [];
    outputs = [];
    redirection = undefined;
  };
  for (const token of tokens(script)) {
    if (token.kind === "operator") end(token.text);
    else if (token.kind === "redirection") redirection = token.text;
    else if (redirection === undefined) words.push(token);
    else {
      if (redirection.includes(">")) outputs.push(token.text);
      redirection = undefined;
    }
  }
  end("");
  return commands;
}

/** Words that open or close a compound command and stand where a program would. */
const RESERVED = new Set("if then elif else fi while until do done { } ! time".split(" "));
/** Words whose command is none: a loop's list, a case's word. */
const HEADS = new Set(["for", "case", "select", "function"]);

function commandOf(
  all: readonly ShellWord[],
  rest: Pick<ShellCommand, "outputs" | "after">,
): ShellCommand | undefined {
  let at = 0;
  while (RESERVED.has(all[at]?.text ?? "")) at++;
  if (HEADS.has(all[at]?.text ?? "")) return undefined;
  const first = at;
  while (/^[A-Za-z_]\w*=/.test(all[at]?.text ?? "")) at++;
  const words = all.slice(at);
  if (words.length === 0 && at === first) return undefined;
  return { assignments: all.slice(first, at), words, ...rest };
}

type Token = ShellWord & { readonly kind: "word" | "operator" | "redirection" };

const OPERATOR = /&&|\|\||;;|[;|&\n()]/y;
const REDIRECTION = /\d*(?:&>>|&>|>>|>\||>&|<<<|<<-|<<|<&|<>|>|<)/y;
const SPACE = /(?:[ \t\r]|\\\r?\n)+/y;

function* tokens(script: string): Generator<Token> {
  let at = 0;
  while (at < script.length) {
    at = skip(script, SPACE, at);
    const redirection = match(script, REDIRECTION, at);
    const operator = redirection === "" ? match(script, OPERATOR, at) : "";
    if (at >= script.length) return;
    if (script[at] === "#") at = lineEnd(script, at);
    else if (redirection !== "" || operator !== "") {
      const text = redirection + operator;
      yield {
        kind: operator === "" ? "redirection" : "operator",
        text,
        start: at,
        end: at + text.length,
        plain: true,
      };
      at += text.length;
    } else {
      const word = readWord(script, at);
      yield { kind: "word", ...word };
      at = word.end;
    }
  }
}

function match(script: string, pattern: RegExp, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(script)?.[0] ?? "";
}

function skip(script: string, pattern: RegExp, at: number): number {
  return at + match(script, pattern, at).length;
}

function lineEnd(script: string, at: number): number {
  const end = script.indexOf("\n", at);
  return end < 0 ? script.length : end;
}

const WORD_END = /[ \t\r\n;&|()<>]/;

function readWord(script: string, start: number): ShellWord {
  let at = start;
  let text = "";
  let plain = true;
  while (at < script.length && !WORD_END.test(script[at] as string)) {
    const piece = readPiece(script, at);
    text += piece.text;
    plain &&= piece.plain;
    at = piece.end;
  }
  return { text, start, end: Math.min(script.length, Math.max(at, start + 1)), plain };
}

interface Piece {
  readonly text: string;
  readonly end: number;
  readonly plain: boolean;
}

function readPiece(script: string, at: number): Piece {
  const character = script[at] as string;
  if (character === "'") {
    const end = closing(script, "'", at + 1);
    return { text: script.slice(at + 1, end), end: end + 1, plain: true };
  }
  if (character === '"') return doubleQuoted(script, at + 1);
  if (character === "\\") {
    const continued = /^\\\r?\n/.exec(script.slice(at, at + 3))?.[0];
    return continued !== undefined
      ? { text: "", end: at + continued.length, plain: true }
      : { text: script[at + 1] ?? "", end: at + 2, plain: true };
  }
  const end = character === "$" || character === "`" ? substitutionEnd(script, at) : at + 1;
  return { text: script.slice(at, end), end, plain: character !== "$" && character !== "`" };
}

function doubleQuoted(script: string, from: number): Piece {
  let at = from;
  let text = "";
  let plain = true;
  while (at < script.length && script[at] !== '"') {
    const special = script[at] === "$" || script[at] === "`";
    const escaped = script[at] === "\\" && /["$`\\\n]/.test(script[at + 1] ?? "");
    const end = special ? substitutionEnd(script, at) : at + (escaped ? 2 : 1);
    text += escaped ? script.slice(at + 1, end) : script.slice(at, end);
    plain &&= !special;
    at = end;
  }
  return { text, end: at + 1, plain };
}

/** Behind `$(…)`, `${…}` or `` `…` ``; for a plain `$name` just the dollar sign. */
function substitutionEnd(script: string, at: number): number {
  if (script[at] === "`") return closing(script, "`", at + 1) + 1;
  const open = script[at + 1];
  if (open !== "(" && open !== "{") return at + 1;
  const close = open === "(" ? ")" : "}";
  let depth = 0;
  for (let here = at + 1; here < script.length; here++) {
    if (script[here] === "\\") here++;
    else if (script[here] === "'" && open === "(") here = closing(script, "'", here + 1);
    else if (script[here] === open) depth++;
    else if (script[here] === close && --depth === 0) return here + 1;
  }
  return script.length;
}

function closing(script: string, character: string, from: number): number {
  const end = script.indexOf(character, from);
  return end < 0 ? script.length : end;
}
