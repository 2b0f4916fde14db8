import { collectSooner, type SourceRange, TareError } from "../base/index.ts";
import type { ArgInstruction, Dockerfile, Heredoc, Stage, StageInstruction } from "./ast.ts";
import { type RawInstruction, syntaxError } from "./cursor.ts";
import { escapeOf, leadingDirectives, parseDirectives } from "./directives.ts";
import { chompTabs, type HeredocMark, heredocMarks } from "./heredoc.ts";
import { isJsonForm } from "./json-form.ts";
import { type LineReader, type LogicalLine, linesOf, readLines, wholeRange, withoutEnding } from "./lines.ts";
import { type AnyInstruction, parseInstruction } from "./parse-instruction.ts";
import { firstWord, skipSpaces, splitFlags } from "./words.ts";

/** Something that builds, but should not be written so; `code` is the name of BuildKit's check. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly range: SourceRange;
}

export interface ParseResult {
  readonly dockerfile: Dockerfile;
  readonly warnings: readonly Warning[];
}

const START = { line: 1, column: 1 };

/** The tree of a source of so many characters is dozens of times as large. */
const LARGE = 1 << 20;

/** Bytes. */
const LINE_LIMIT = 65_535;

/**
 * Parses a Dockerfile as BuildKit does (dockerfile reference, "Format"). Nothing is expanded. Throws
 * `user-dockerfile-syntax` with the place and, where there is one, a suggestion.
 */
export function parseDockerfile(source: string, { file }: { readonly file: string }): ParseResult {
  if (source.length > LARGE) collectSooner();
  const leading = leadingDirectives(source, file);
  const escape = escapeOf(leading, file, source);
  checkLineLengths(source, file);
  const warnings: Warning[] = [];
  const instructions: AnyInstruction[] = [];
  const skip = leading.at(-1)?.range.end.line ?? 0;
  for (const raw of readInstructions({ file, source, escape, skip })) {
    instructions.push(parseInstruction(raw));
    const [empty] = raw.line.emptyContinuations;
    if (empty !== undefined) warnings.push(emptyContinuation(empty));
  }
  if (instructions.length === 0)
    throw new TareError("user-dockerfile-syntax", "file with no instructions", {
      hint: "a Dockerfile begins with FROM image",
      location: { file, source, range: { start: START, end: START } },
    });
  return {
    dockerfile: {
      file,
      source,
      escape,
      directives: parseDirectives(source),
      ...group(instructions, { file, source }),
    },
    warnings,
  };
}

/** Parses one instruction that stands alone, as an ONBUILD trigger in an image's config does. */
export function parseInstructionLine(
  text: string,
  { file, escape }: { readonly file: string; readonly escape: "\\" | "`" },
): StageInstruction {
  const [raw, ...more] = [...readInstructions({ file, source: text, escape })];
  if (!raw || more.length > 0)
    throw new TareError(
      "user-dockerfile-syntax",
      `onbuild trigger should be a single expression: ${JSON.stringify(text)}`,
    );
  const instruction = parseInstruction(raw);
  if (instruction.keyword === "FROM" || instruction.keyword === "ONBUILD")
    throw new TareError(
      "user-dockerfile-syntax",
      `${instruction.keyword} isn't allowed as an ONBUILD trigger`,
    );
  return instruction;
}

interface Text {
  readonly file: string;
  readonly source: string;
  readonly escape: "\\" | "`";
}

function* readInstructions({ skip, ...text }: Text & { readonly skip?: number }): Generator<RawInstruction> {
  const reader = readLines(text.source, text.escape, skip);
  for (let line = reader.next(); line; line = reader.next()) yield readInstruction(text, line, reader);
}

function readInstruction(text: Text, line: LogicalLine, reader: LineReader): RawInstruction {
  const keywordToken = firstWord(line.text, skipSpaces(line.text, 0)) ?? { text: "", start: 0 };
  const from = keywordToken.start + keywordToken.text.length;
  const { flags, rest } = splitFlags(line.text, { from, escape: text.escape });
  const keyword = keywordToken.text.toUpperCase();
  const raw = {
    ...text,
    line,
    keyword,
    keywordToken,
    flags,
    rest,
    heredocs: [],
    range: wholeRange(line, line.last),
  };
  if (!line.text.includes("<<") || !takesHeredocs(raw)) return raw;
  const marks = heredocMarks(line.text + line.trailing);
  const heredocs = marks.map((mark) => readHeredoc(raw, mark, reader));
  return { ...raw, heredocs, range: wholeRange(line, Math.max(line.last, reader.line())) };
}

/** RUN, COPY and ADD, also behind ONBUILD, unless they are in JSON form. */
function takesHeredocs({
  keyword,
  line,
  rest,
  escape,
}: Pick<RawInstruction, "keyword" | "line" | "rest" | "escape">): boolean {
  if (keyword === "RUN" || keyword === "COPY" || keyword === "ADD") return !isJsonForm(line.text.slice(rest));
  const inner = keyword === "ONBUILD" ? firstWord(line.text, rest) : undefined;
  if (!inner || inner.text.toUpperCase() === "ONBUILD") return false;
  const after = splitFlags(line.text, { from: inner.start + inner.text.length, escape });
  return takesHeredocs({ keyword: inner.text.toUpperCase(), line, escape, rest: after.rest });
}

function readHeredoc(raw: RawInstruction, mark: HeredocMark, reader: LineReader): Heredoc {
  const first = reader.line() + 1;
  let source = "";
  for (;;) {
    const line = reader.take();
    if (line === undefined)
      throw syntaxError(raw, `unterminated heredoc ${mark.name}`, {
        hint: `end it by a line that is just ${mark.name}`,
      });
    const content = withoutEnding(line);
    if ((mark.chomp ? content.replace(/^\t+/, "") : content) === mark.name) break;
    source += line;
  }
  const last = reader.line();
  const range = { start: { line: first, column: 1 }, end: { line: last, column: mark.name.length + 1 } };
  return { ...mark, source, body: mark.chomp ? chompTabs(source) : source, range };
}

/** Only ARG may stand before the first FROM. */
function group(
  instructions: readonly AnyInstruction[],
  { file, source }: { readonly file: string; readonly source: string },
): Pick<Dockerfile, "globalArgs" | "stages"> {
  const globalArgs: ArgInstruction[] = [];
  const stages: (Omit<Stage, "instructions"> & { readonly instructions: StageInstruction[] })[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === "FROM")
      stages.push({ index: stages.length, from: instruction, instructions: [] });
    else if (stages.length > 0) stages.at(-1)?.instructions.push(instruction);
    else if (instruction.keyword === "ARG") globalArgs.push(instruction);
    else throw noStage({ file, source, range: instruction.range });
  }
  if (stages.length === 0)
    throw noStage({ file, source, range: (instructions.at(-1) as AnyInstruction).range });
  return { globalArgs, stages };
}

function noStage(location: {
  readonly file: string;
  readonly source: string;
  readonly range: SourceRange;
}): TareError {
  return new TareError("user-dockerfile-syntax", "no build stage in current context", {
    hint: "a Dockerfile begins with FROM; only ARG may stand before it",
    location,
  });
}

function emptyContinuation(line: number): Warning {
  const range = { start: { line, column: 1 }, end: { line, column: 1 } };
  return {
    code: "NoEmptyContinuation",
    message: "empty line inside an instruction: remove it, or the line breaks before it",
    range,
  };
}

function checkLineLengths(source: string, file: string): void {
  let number = 0;
  for (const line of linesOf(source)) {
    number++;
    // A line of fewer characters than a third of the limit can not have too many bytes.
    if (line.length > LINE_LIMIT / 3 && Buffer.byteLength(line) > LINE_LIMIT)
      throw longLine(source, file, number);
  }
}

function longLine(source: string, file: string, line: number): TareError {
  const range = { start: { line, column: 1 }, end: { line, column: 1 } };
  const excerpt = Array.from(linesOf(source), (text) => text.slice(0, 200)).join("\n");
  return new TareError("user-dockerfile-syntax", "dockerfile line greater than max allowed size of 65535", {
    hint: "break the line, or move the text into a file",
    location: { file, source: excerpt, range },
  });
}
