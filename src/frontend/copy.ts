import { posix } from "node:path";
import { type Digest, TareError } from "../base/index.ts";
import { type CopyInstruction, expandWord, type Stage, type Word } from "../dockerfile/index.ts";
import type { FileAction } from "../graph/index.ts";
import { displayText, expand } from "./expansion.ts";
import { openFiles } from "./file-source.ts";
import type { Step } from "./instruction.ts";
import { locationOf } from "./place.ts";
import { type Converter, ignoresCache } from "./stage.ts";
import { nextStep, withHistory, workdirOf } from "./state.ts";
import type { FileSource, StageState } from "./types.ts";
import { stepText } from "./workdir.ts";

/** COPY and ADD: one layer, made from the context, a stage, an image, or text in the Dockerfile itself. */
export async function applyCopy(
  converter: Converter,
  stage: Stage,
  step: Step<CopyInstruction>,
): Promise<StageState> {
  const { instruction } = step;
  const copy = expandCopy(converter, step.state, instruction);
  refuseUnsupported(instruction, copy);
  requireDirectory(converter, step, copy);
  const source = await openSource(converter, stage, { instruction, copy });
  const { name, state } = nextStep(
    step.state,
    stepText(step, displayText(converter, step.state, instruction.text)),
  );
  const sourceInput = source?.vertex === undefined ? [] : [source.vertex];
  const facts = { name, origin: instruction.range, ignoreCache: ignoresCache(converter, stage) };
  const linked = instruction.link && instruction.chmod === undefined;
  const baseInput = linked || state.vertex === undefined ? [] : [state.vertex];
  const actions = copyActions(instruction, copy, {
    input: baseInput.length,
    keepOwner: source?.keepOwner ?? false,
    empty: source !== undefined && source.vertex === undefined,
  });
  const file = converter.builder.add(
    { type: "file", base: baseInput.length - 1, actions },
    [...baseInput, ...sourceInput],
    facts,
  );
  const vertex = linked ? merged(converter, state.vertex, { file, name }) : file;
  return withHistory({ ...state, vertex }, `${historyText(instruction, copy)} # buildkit`, true);
}

/** The instruction with its variables expanded and its paths made absolute. */
interface ExpandedCopy {
  readonly sources: readonly string[];
  readonly destinationText: string;
  readonly destination: string;
  readonly heredocs: readonly { readonly name: string; readonly content: string }[];
  readonly chown?: string;
  readonly chmod?: string;
  readonly exclude: readonly string[];
}

function expandCopy(converter: Converter, state: StageState, instruction: CopyInstruction): ExpandedCopy {
  const text = (word: Word) => expand(converter, state, word);
  const destinationText = text(instruction.destination);
  const chown = instruction.chown && text(instruction.chown);
  const chmod = instruction.chmod && text(instruction.chmod);
  return {
    sources: instruction.sources.map(text),
    destinationText,
    destination: absolute(workdirOf(state), destinationText),
    heredocs: instruction.heredocs.map(({ name, body, expand: wanted }) => ({
      name,
      content: wanted
        ? expandWord(body, (key) => state.env.get(key), { escape: "\\", ignoreQuotes: true }).text
        : body,
    })),
    ...(chown && { chown }),
    ...(chmod && { chmod: checkedMode(chmod) }),
    exclude: instruction.exclude.map(text),
  };
}

/** Absolute, with the trailing slash that asks for a directory; `.` and nothing at all ask for one too. */
function absolute(workdir: string, path: string): string {
  const directory = path === "" || path === "." || /(^|\/)\.?$/.test(path);
  const full = posix.resolve("/", workdir, path === "" ? "." : path);
  return directory && full !== "/" ? `${full}/` : full;
}

const SYMBOLIC_MODE = /^[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*$/;

function checkedMode(mode: string): string {
  if (/^[0-7]+$/.test(mode) && Number.parseInt(mode, 8) <= 0o7777) return mode;
  if (SYMBOLIC_MODE.test(mode)) return mode;
  throw new TareError(
    "user-dockerfile-semantics",
    `invalid chmod parameter: '${mode}'. it should be octal string and between 0 and 07777`,
    {
      hint: "write --chmod=755 or --chmod=u=rwX,go=rX",
    },
  );
}

function refuseUnsupported(instruction: CopyInstruction, copy: ExpandedCopy): void {
  const { keyword } = instruction;
  const remote = copy.sources.find((source) => /^(https?|git|ssh):\/\/|^git@/.test(source));
  if (remote !== undefined && keyword === "COPY")
    throw new TareError("user-dockerfile-semantics", `COPY source can't be a URL: ${remote}`, {
      hint: "use ADD for remote sources",
    });
  if (remote !== undefined)
    throw new TareError("user-unsupported", `ADD from ${remote}: remote sources are not supported yet`, {
      hint: "download the file before the build, or in a RUN step",
    });
  if (instruction.parents) throw notYet(`${keyword} --parents`);
  if (instruction.checksum || instruction.keepGitDir !== undefined)
    throw notYet("ADD --checksum and --keep-git-dir (remote sources)");
}

/** Several files can only go into a directory, and a directory is what ends with a slash. */
function requireDirectory(converter: Converter, step: Step<CopyInstruction>, copy: ExpandedCopy): void {
  const { keyword, destination, range } = step.instruction;
  if (copy.sources.length + copy.heredocs.length < 2 || copy.destination.endsWith("/")) return;
  throw new TareError(
    "user-dockerfile-semantics",
    `When using ${keyword} with more than one source file, the destination must be a directory and end with a /`,
    {
      hint: `write ${copy.destinationText}/`,
      location: locationOf(converter.request.dockerfile, step.trigger ? range : destination.range),
    },
  );
}

function notYet(what: string): TareError {
  return new TareError("user-unsupported", `${what} is not supported yet`, { hint: "remove the flag" });
}

/** Where the paths come from; undefined when the instruction has only heredocs. */
async function openSource(
  converter: Converter,
  stage: Stage,
  { instruction, copy }: { readonly instruction: CopyInstruction; readonly copy: ExpandedCopy },
): Promise<FileSource | undefined> {
  if (copy.sources.length === 0) return undefined;
  return openFiles(converter, stage, instruction.from && fromName(converter, instruction.from));
}

function fromName(converter: Converter, from: Word): string {
  const plain = expandWord(from.text, () => undefined, { escape: converter.request.dockerfile.escape }).text;
  if (plain === from.text) return plain;
  throw new TareError(
    "user-dockerfile-semantics",
    "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
  );
}

function copyActions(
  instruction: CopyInstruction,
  copy: ExpandedCopy,
  source: { readonly input: number; readonly keepOwner: boolean; readonly empty: boolean },
): readonly FileAction[] {
  if (source.empty)
    throw new TareError("resolve-path", `${copy.sources[0]}: not found in an empty stage (FROM scratch)`);
  const change = { ...(copy.chown && { chown: copy.chown }), ...(copy.chmod && { chmod: copy.chmod }) };
  const files = copy.sources.map((path) => ({
    action: "copy" as const,
    input: source.input,
    source: posix.resolve("/", path.replace(/^\/+/, "")),
    wildcard: true,
    destination: copy.destination,
    keepOwner: source.keepOwner,
    exclude: copy.exclude,
    unpack: instruction.unpack ?? instruction.keyword === "ADD",
    ...change,
  }));
  const texts = copy.heredocs.map((heredoc) => ({
    action: "mkfile" as const,
    ...heredoc,
    destination: copy.destination,
    ...change,
  }));
  return [...files, ...texts];
}

/** --link: the copy is a layer of its own on nothing, stacked on what the stage has. */
function merged(
  converter: Converter,
  base: Digest | undefined,
  link: { readonly file: Digest; readonly name: string },
): Digest {
  if (base === undefined) return link.file;
  return converter.builder.add({ type: "merge" }, [base, link.file], { name: `${link.name} (link)` });
}

function historyText(instruction: CopyInstruction, copy: ExpandedCopy): string {
  const parts = [
    instruction.keyword,
    ...(instruction.parents ? ["--parents"] : []),
    ...(copy.chown ? [`--chown=${copy.chown}`] : []),
    ...(copy.chmod ? [`--chmod=${copy.chmod}`] : []),
    ...copy.sources,
    ...copy.heredocs.map(({ name }) => `<<${name}`),
    copy.destinationText,
  ];
  return parts.join(" ");
}
