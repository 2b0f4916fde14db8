import { posix } from "node:path";
import { type Digest, TareError } from "../base/index.ts";
import { type CopyInstruction, expandWord, type Stage, type Word } from "../dockerfile/index.ts";
import { type CopyAction, type FileAction, SYMBOLIC_MODE } from "../graph/index.ts";
import { displayText, expand } from "./expansion.ts";
import { openFiles } from "./file-source.ts";
import type { Step } from "./instruction.ts";
import { remoteAction, remoteSources } from "./remote.ts";
import { type Converter, ignoresCache } from "./stage.ts";
import { nextStep, variableOf, withHistory, workdirOf } from "./state.ts";
import type { FileSource, StageState } from "./types.ts";
import { stepText } from "./workdir.ts";

/** COPY and ADD: one layer, made from the context, a stage, an image, the net, or text in the Dockerfile itself. */
export async function applyCopy(
  converter: Converter,
  stage: Stage,
  step: Step<CopyInstruction>,
): Promise<StageState> {
  const { instruction } = step;
  const copy = expandCopy(converter, step.state, instruction);
  const remotes = remoteSources(instruction, copy);
  const files = await openSource(converter, stage, {
    instruction,
    needed: copy.sources.length > remotes.size,
  });
  const { name, state } = nextStep(
    step.state,
    stepText(step, displayText(converter, step.state, instruction.text)),
  );
  const facts = { name, origin: instruction.range, ignoreCache: ignoresCache(converter, stage) };
  const linked = instruction.link && instruction.chmod === undefined;
  const inputs: Digest[] = linked || state.vertex === undefined ? [] : [state.vertex];
  const base = inputs.length - 1;
  const inputOf = (vertex: Digest | undefined): number => {
    const input = vertex ?? emptyTree(converter);
    const known = inputs.indexOf(input, base + 1);
    return known >= 0 ? known : inputs.push(input) - 1;
  };
  const change = { ...(copy.chown && { chown: copy.chown }), ...(copy.chmod && { chmod: copy.chmod }) };
  const actions = copy.sources.flatMap((source): readonly FileAction[] => {
    const common = {
      action: "copy",
      destination: copy.destination,
      exclude: copy.exclude,
      ...change,
    } as const;
    const remote = remotes.get(source);
    if (remote) return [{ ...common, ...remoteAction(converter, remote, inputOf) }];
    const from = { input: inputOf(files?.vertex), keepOwner: true } as const;
    const unpack = instruction.unpack ?? instruction.keyword === "ADD";
    return [{ ...common, ...from, unpack, ...localPath(instruction, source, copy) }];
  });
  const file = converter.builder.add(
    { type: "file", base, actions: [...actions, ...heredocActions(copy, change)] },
    inputs,
    facts,
  );
  const vertex = linked ? merged(converter, state.vertex, { file, name }) : file;
  return withHistory({ ...state, vertex }, `${historyText(instruction, copy)} # buildkit`, true);
}

/** Of a stage that is FROM scratch and nothing else only the root can be copied. */
function emptyTree({ builder }: Converter): Digest {
  return builder.add({ type: "file", base: -1, actions: [] }, [], { name: "[internal] empty stage" });
}

/** `--parents`: what is behind the pivot `/./`, or all of the path, is kept below the destination. */
function localPath(
  { parents }: CopyInstruction,
  source: string,
  copy: ExpandedCopy,
): Pick<CopyAction, "source" | "wildcard" | "include" | "destination"> {
  const whole = (path: string) => posix.resolve("/", path.replace(/^\/+/, ""));
  if (!parents) return { source: whole(source), wildcard: true, destination: copy.destination };
  const pivot = source.indexOf("/./");
  const root = pivot < 0 ? "/" : source.slice(0, pivot);
  const kept = whole(pivot < 0 ? source : source.slice(pivot + 3)).slice(1);
  const destination = copy.destination.endsWith("/") ? copy.destination : `${copy.destination}/`;
  return { source: whole(root), wildcard: pivot >= 0, include: [kept], destination };
}

function heredocActions(
  { heredocs, destination }: ExpandedCopy,
  change: Pick<CopyAction, "chown" | "chmod">,
): readonly FileAction[] {
  return heredocs.map((heredoc) => ({ action: "mkfile", ...heredoc, destination, ...change }));
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
  if (instruction.link && chown) requireNumbers(chown);
  return {
    sources: instruction.sources.map(text),
    destinationText,
    destination: absolute(workdirOf(state), destinationText),
    heredocs: instruction.heredocs.map(({ name, body, expand: wanted }) => ({
      name,
      content: wanted
        ? expandWord(body, (key) => variableOf(state, key), { escape: "\\", ignoreQuotes: true }).text
        : body,
    })),
    ...(chown && { chown }),
    ...(chmod && { chmod: checkedMode(chmod) }),
    // The reference takes these as they are written.
    exclude: instruction.exclude.map((word) => word.text),
  };
}

/** Absolute, with the trailing slash that asks for a directory; `.` and nothing at all ask for one too. */
function absolute(workdir: string, path: string): string {
  const directory = path === "" || path === "." || /(^|\/)\.?$/.test(path);
  const full = posix.resolve("/", workdir, path === "" ? "." : path);
  return directory && full !== "/" ? `${full}/` : full;
}

/** With --link nothing of the image below counts, so that there are no accounts to look names up in. */
function requireNumbers(chown: string): void {
  if (chown.split(":").every((part) => /^(\d*|root)$/.test(part))) return;
  throw new TareError("user-dockerfile-semantics", `--chown=${chown}: --link takes numbers, not names`, {
    hint: "write --chown=1000:1000, or leave --link out",
  });
}

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

/** Where the paths come from; undefined when nobody needs them: all sources are heredocs or remote. */
async function openSource(
  converter: Converter,
  stage: Stage,
  { instruction, needed }: { readonly instruction: CopyInstruction; readonly needed: boolean },
): Promise<FileSource | undefined> {
  if (!needed) return undefined;
  return openFiles(converter, stage, instruction.from && fromName(converter, instruction.from));
}

function fromName(converter: Converter, from: Word): string {
  const plain = expandWord(from.text, () => undefined, { escape: converter.request.dockerfile.escape }).text;
  if (plain === from.text) return plain;
  throw new TareError(
    "user-dockerfile-semantics",
    "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
    { hint: `write FROM ${from.text} AS NAME before this stage, and --from=NAME` },
  );
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
