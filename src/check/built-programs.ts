import { posix } from "node:path";
import { type CheckContext, chainOf } from "./context.ts";
import { unwrapped } from "./install.ts";
import { type RunScript, runScripts, someScript } from "./run-script.ts";
import type { ShellWord } from "./shell.ts";
import type { CheckedStage } from "./stages.ts";

/**
 * What to do about a program that a stage builds at a path and that needs libraries, as far as the commands say;
 * undefined when it is static, or nobody can know.
 */
export function builtDynamically(
  context: CheckContext,
  stage: CheckedStage,
  path: string,
): string | undefined {
  const scripts = runScripts(context, chainOf(stage));
  for (const script of scripts)
    for (const command of script.commands) {
      const words = unwrapped(command.words);
      const hint =
        goHint(script, words, path) ?? cHint(script, words, path) ?? cargoHint(script, words, path);
      if (hint !== undefined && !someScript(scripts, saysStatic)) return hint;
    }
  return undefined;
}

/** Words by which people make programs static, wherever they stand. */
function saysStatic({ text, step }: RunScript): boolean {
  const variables = ["CGO_ENABLED", "RUSTFLAGS", "CFLAGS", "LDFLAGS", "GOFLAGS", "CARGO_BUILD_TARGET", "CC"];
  const values = variables.map((name) => `${name}=${step.variables.get(name) ?? ""}`);
  return /CGO_ENABLED=["']?0|static|musl|netgo|GOARCH|upx|\.cargo\/config/.test([text, ...values].join("\n"));
}

/** Go programs are dynamic when cgo is on, which it is where there is a C compiler: in golang, not in golang:alpine. */
function goHint(
  { stage, step, text }: RunScript,
  words: readonly ShellWord[],
  path: string,
): string | undefined {
  const { base } = stage;
  const isGolang =
    base.type === "image" && base.repository === "golang" && !/alpine/.test(base.tag ?? "alpine");
  const isBuild = words[0]?.text === "go" && words[1]?.text === "build";
  if (!isGolang || !isBuild || !isOutput(words, { path, workdir: step.workdir, text })) return undefined;
  return "build it by CGO_ENABLED=0 go build";
}

const C_COMPILER = /^(?:gcc|cc|g\+\+|c\+\+|clang|clang\+\+)$/;

function cHint({ step, text }: RunScript, words: readonly ShellWord[], path: string): string | undefined {
  if (
    !C_COMPILER.test(words[0]?.text ?? "") ||
    words.some(({ text: word }) => ["-c", "-S", "-E", "-shared"].includes(word))
  )
    return undefined;
  return isOutput(words, { path, workdir: step.workdir, text }) ? "link it with -static" : undefined;
}

function cargoHint(
  { stage, step }: RunScript,
  words: readonly ShellWord[],
  path: string,
): string | undefined {
  const { base } = stage;
  const isRust = base.type === "image" && base.repository === "rust" && !/alpine/.test(base.tag ?? "alpine");
  if (!isRust || words[0]?.text !== "cargo" || words[1]?.text !== "build") return undefined;
  const folder = posix.resolve(step.workdir, "target/release");
  if (words.some(({ text, plain }) => !plain || /^--(?:target|target-dir|profile)\b/.test(text)))
    return undefined;
  return posix.dirname(path) === folder
    ? "build it for a musl target: cargo build --target x86_64-unknown-linux-musl"
    : undefined;
}

/** Whether `-o` names the path; after a `cd` nobody knows. */
function isOutput(
  words: readonly ShellWord[],
  { path, workdir, text }: { readonly path: string; readonly workdir: string; readonly text: string },
): boolean {
  const at = words.findIndex((word) => word.text === "-o");
  const output = words[at + 1];
  if (at < 0 || !output?.plain || /(?:^|[\s;&(])(?:cd|pushd)\s/.test(text)) return false;
  const target = posix.resolve(workdir, output.text);
  return output.text.endsWith("/") ? posix.dirname(path) === target : path === target;
}
