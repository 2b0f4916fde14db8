import { isApplication, startedPrograms } from "../application.ts";
import { chainOf } from "../context.ts";
import { type ManagerCall, managerCall } from "../install.ts";
import { ruleUrl } from "../rule-url.ts";
import { type RunScript, runScripts, wordsRange } from "../run-script.ts";
import type { ShellWord } from "../shell.ts";
import type { Rule } from "../types.ts";

export const buildToolsInFinalStage: Rule = {
  id: "BuildToolsInFinalStage",
  group: "tare",
  severity: "warning",
  summary: "Compilers, package managers and extra shells do not belong into the image that runs",
  url: ruleUrl("BuildToolsInFinalStage"),
  *check(context) {
    if (!isApplication(context.final)) return;
    const scripts = runScripts(context, chainOf(context.final));
    const removed = new Set<string>();
    for (const script of scripts) for (const name of removedPackages(script)) removed.add(name);
    const started = startedPrograms(context);
    for (const script of scripts)
      for (const call of callsOf(script, "install", "add")) {
        const tools = call.packages.filter(({ text }) => {
          const name = packageName(text);
          return kindOf(name) !== undefined && !removed.has(name) && !isRemovedGroup(call, removed);
        });
        const left = tools.filter(({ text }) => !isNeeded(packageName(text), started));
        if (left.length === 0) continue;
        const kinds = [...new Set(left.map(({ text }) => kindOf(packageName(text))))].join(" and ");
        yield {
          range: wordsRange(context, script, left),
          message: `The final stage installs ${kinds}: ${left.map(({ text }) => text).join(", ")}`,
          hint: "install it in an earlier stage, build there, and COPY --from that stage what runs",
        };
      }
  },
};

function callsOf(script: RunScript, ...verbs: readonly string[]): readonly ManagerCall[] {
  return script.commands
    .map(managerCall)
    .filter((call) => call !== undefined)
    .filter(({ manager, verb }) => manager !== "pip" && manager !== "npm" && verbs.includes(verb.text));
}

function removedPackages(script: RunScript): readonly string[] {
  const calls = callsOf(script, "remove", "purge", "autoremove", "del", "erase");
  return calls.flatMap(({ packages }) => packages.map(({ text }) => packageName(text)));
}

/** `apk add --virtual .build …` is taken away as a whole by `apk del .build`; a name in a variable may be it too. */
function isRemovedGroup({ flags }: ManagerCall, removed: ReadonlySet<string>): boolean {
  const group = flags.map((flag) => /^(?:-t|--virtual)[ =](.+)$/.exec(flag)?.[1]).find((name) => name);
  return group !== undefined && (removed.has(group) || [...removed].some((name) => name.startsWith("$")));
}

/** Without version, architecture and release: `gcc=12`, `gcc:arm64`, `g++-12`. */
function packageName(text: ShellWord["text"]): string {
  return text.replace(/[=:~<>/].*$/, "").replace(/^((?:gcc|g\+\+|clang|cpp))-\d+$/, "$1");
}

const KINDS: Readonly<Record<string, ReadonlySet<string>>> = {
  "a compiler": set(
    "gcc g++ gcc-c++ clang build-essential build-base cmake make rustc rust cargo golang golang-go go alpine-sdk default-jdk default-jdk-headless openjdk-17-jdk openjdk-21-jdk openjdk17-jdk openjdk21-jdk",
  ),
  "header files": set("python3-dev python3-devel linux-headers musl-dev libc6-dev glibc-devel"),
  "a package manager": set("npm yarn pip python3-pip py3-pip maven gradle aptitude"),
  "a shell": set("bash zsh fish"),
};

function set(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}

function kindOf(name: string): string | undefined {
  return Object.keys(KINDS).find((kind) => KINDS[kind]?.has(name));
}

/** Programs whose package has another name. */
const PROGRAM_OF: Readonly<Record<string, string>> = {
  golang: "go",
  "golang-go": "go",
  maven: "mvn",
  "python3-pip": "pip",
  "py3-pip": "pip",
  rust: "cargo",
};

/** What the container starts, itself or in a script that may say `#!/bin/bash`, has to be there. */
function isNeeded(name: string, started: ReturnType<typeof startedPrograms>): boolean {
  const program = Object.hasOwn(PROGRAM_OF, name) ? PROGRAM_OF[name] : name;
  if (started.names.has(program ?? name)) return true;
  const kind = kindOf(name);
  return started.hasScript && (kind === "a package manager" || kind === "a shell");
}
