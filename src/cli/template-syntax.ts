import { type Piece, type Token, templateError, templatePieces } from "./template-tokens.ts";

/** Something with a value. `at` is where it begins in the template. */
export type Expression = { readonly at: number } & (
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "dot" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "field"; readonly of: Expression; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "pipe"; readonly first: Expression; readonly then: readonly Call[] }
);

export type Call = Extract<Expression, { readonly kind: "call" }>;

/** A pipeline, and the variables that get its value. */
export interface Pipeline {
  readonly value: Expression;
  /** Names without the dollar; of `range` the index first. */
  readonly declares: readonly string[];
  /** Whether the variable was there before (`=` instead of `:=`). */
  readonly assigns: boolean;
}

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };

const UNKNOWN = ["define", "template", "block", "break", "continue"];

/** Reads a Go template (text/template); `user-bad-flag` with the place of what is not one, or not understood here. */
export function parseTemplateText(template: string): readonly Node[] {
  const pieces = [...templatePieces(template)];
  const { nodes, ended } = readNodes(pieces, template);
  if (ended) throw templateError(`unexpected {{${ended.word}}}`, { template, at: ended.at });
  return nodes;
}

interface Ending {
  readonly word: "end" | "else";
  readonly at: number;
  /** What follows `else`: `if …` or `with …`. */
  readonly rest: readonly Token[];
}

interface Nodes {
  readonly nodes: readonly Node[];
  readonly ended: Ending | undefined;
}

function readNodes(pieces: Piece[], template: string): Nodes {
  const nodes: Node[] = [];
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    if (piece.kind === "text") {
      nodes.push(piece);
      continue;
    }
    const { at, tokens } = piece;
    const [first, ...rest] = tokens;
    if (!first) throw templateError("an action without anything in it", { template, at });
    const word = first.kind === "name" ? first.text : "";
    if (UNKNOWN.includes(word)) throw templateError(`{{${word}}} is not supported`, { template, at });
    if (word === "end" || word === "else") return { nodes, ended: { word, at, rest } };
    if (word === "if" || word === "with" || word === "range")
      nodes.push(readBlock(word, { tokens: rest, at, pieces, template }));
    else nodes.push({ kind: "print", pipeline: readPipeline(tokens, { template, at }) });
  }
  return { nodes, ended: undefined };
}

interface Block {
  readonly tokens: readonly Token[];
  readonly at: number;
  readonly pieces: Piece[];
  readonly template: string;
}

function readBlock(kind: "if" | "with" | "range", { tokens, at, pieces, template }: Block): Node {
  const pipeline = readPipeline(tokens, { template, at });
  const { nodes: body, ended } = readNodes(pieces, template);
  if (!ended) throw templateError(`{{${kind}}} has no {{end}}`, { template, at });
  if (ended.word === "end") return { kind, pipeline, body, otherwise: [] };
  const [next, ...rest] = ended.rest;
  if (next && (next.text === "if" || next.text === "with")) {
    const inner = readBlock(next.text, { tokens: rest, at: ended.at, pieces, template });
    return { kind, pipeline, body, otherwise: [inner] };
  }
  if (next) throw templateError("only if or with may follow else", { template, at: next.at });
  const { nodes: otherwise, ended: last } = readNodes(pieces, template);
  if (last?.word !== "end") throw templateError(`{{${kind}}} has no {{end}}`, { template, at });
  return { kind, pipeline, body, otherwise };
}

interface Place {
  readonly template: string;
  readonly at: number;
}

function readPipeline(tokens: readonly Token[], place: Place): Pipeline {
  const sign = tokens.findIndex(({ kind, text }) => kind === "symbol" && (text === ":=" || text === "="));
  const declared = sign < 0 ? [] : tokens.slice(0, sign).filter(({ text }) => text !== ",");
  const isDeclaration =
    declared.length <= 2 && declared.every(({ kind, text }) => kind === "variable" && text !== "");
  if (!isDeclaration)
    throw templateError("what stands before := is no variable", { ...place, at: tokens[0]?.at ?? place.at });
  const waiting = tokens.slice(sign + 1);
  const value = readPipe(waiting, place);
  const [extra] = waiting;
  if (extra) throw templateError(`unexpected ${JSON.stringify(extra.text)}`, { ...place, at: extra.at });
  return {
    value,
    declares: declared.map(({ text }) => text),
    assigns: sign >= 0 && tokens[sign]?.text === "=",
  };
}

/** Commands with `|` between them, up to a closing parenthesis or the end. */
function readPipe(waiting: Token[], place: Place): Expression {
  const first = readCommand(waiting, place);
  const then: Call[] = [];
  while (waiting[0]?.kind === "symbol" && waiting[0].text === "|") {
    const { at } = waiting.shift() as Token;
    const command = readCommand(waiting, { ...place, at });
    if (command.kind !== "call")
      throw templateError("only a function can stand behind |", { ...place, at: command.at });
    then.push(command);
  }
  return then.length === 0 ? first : { kind: "pipe", first, then, at: first.at };
}

const LITERALS = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["nil", null],
]);

/** A function with its arguments, or one value alone. */
function readCommand(waiting: Token[], place: Place): Expression {
  const next = waiting[0];
  if (!next || isEnd(next)) throw templateError("a value is missing", { ...place, at: next?.at ?? place.at });
  if (next.kind !== "name" || LITERALS.has(next.text)) {
    const value = readOperand(waiting, place);
    const [more] = waiting;
    if (!more || isEnd(more)) return value;
    // The one method that rows have in Docker.
    if (value.kind === "field" && value.name === "Label")
      return { kind: "call", name: "index", args: [value, readOperand(waiting, place)], at: next.at };
    throw templateError(`${JSON.stringify(more.text)} follows a value that is no function`, {
      ...place,
      at: more.at,
    });
  }
  waiting.shift();
  const args: Expression[] = [];
  while (waiting[0] && !isEnd(waiting[0])) args.push(readOperand(waiting, place));
  return { kind: "call", name: next.text, args, at: next.at };
}

function isEnd({ kind, text }: Token): boolean {
  return kind === "symbol" && (text === "|" || text === ")");
}

function readOperand(waiting: Token[], place: Place): Expression {
  const token = waiting.shift() as Token;
  const { at } = token;
  let value = readTerm(token, { waiting, place });
  while (waiting[0]?.kind === "field" && !waiting[0].apart)
    value = { kind: "field", of: value, name: (waiting.shift() as Token).text, at };
  return value;
}

function readTerm(
  { kind, text, at }: Token,
  { waiting, place }: { readonly waiting: Token[]; readonly place: Place },
): Expression {
  switch (kind) {
    case "string":
      return { kind: "literal", value: text, at };
    case "number":
      return { kind: "literal", value: Number(text), at };
    case "field":
      return { kind: "field", of: { kind: "dot", at }, name: text, at };
    case "variable":
      return { kind: "variable", name: text, at };
    case "name": {
      const literal = LITERALS.get(text);
      return literal === undefined
        ? { kind: "call", name: text, args: [], at }
        : { kind: "literal", value: literal, at };
    }
    default:
      if (text === ".") return { kind: "dot", at };
      if (text !== "(") throw templateError(`unexpected ${JSON.stringify(text)}`, { ...place, at });
  }
  const inner = readPipe(waiting, { ...place, at });
  const close = waiting.shift();
  if (close?.text === ")") return inner;
  throw templateError("the parenthesis is not closed", { ...place, at });
}
