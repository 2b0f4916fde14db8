import type { ShellCommand, ShellWord } from "./shell.ts";

export type Manager = "apt" | "apk" | "dnf" | "pip" | "npm";

/** A call of a package manager. */
export interface ManagerCall {
  readonly manager: Manager;
  /** What it is to do: `install`, `update`, `add`. */
  readonly verb: ShellWord;
  /** Words that begin with `-`, in front of the verb too. */
  readonly flags: readonly string[];
  /** What is neither flag nor a flag's value. */
  readonly packages: readonly ShellWord[];
}

const PROGRAMS: Readonly<Record<string, Manager>> = {
  "apt-get": "apt",
  apt: "apt",
  apk: "apk",
  dnf: "dnf",
  microdnf: "dnf",
  yum: "dnf",
  pip: "pip",
  pip3: "pip",
  npm: "npm",
};

/** Flags whose value is the next word. */
const VALUED: Readonly<Record<Manager, readonly string[]>> = {
  apt: ["-o", "--option", "-t", "--target-release", "-c", "--config-file"],
  apk: [
    "-t",
    "--virtual",
    "-X",
    "--repository",
    "-p",
    "--root",
    "--keys-dir",
    "--repositories-file",
    "--arch",
  ],
  dnf: ["-x", "--exclude", "--enablerepo", "--disablerepo", "--releasever", "--setopt", "--installroot"],
  pip: [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-t",
    "--target",
    "-f",
    "--find-links",
    "--prefix",
    "--root",
    "-e",
    "--editable",
    "--trusted-host",
    "--proxy",
    "--cache-dir",
  ],
  npm: ["--prefix", "--registry", "--cache", "-w", "--workspace", "--loglevel", "-C"],
};

/** Programs that run what stands behind them. */
const WRAPPERS = new Set(["sudo", "exec", "command", "env", "nice", "eatmydata"]);

/** The package manager that a command calls; undefined for every other program. */
export function managerCall(command: ShellCommand): ManagerCall | undefined {
  const words = unwrapped(command.words);
  const [program, option, module] = words;
  if (/^python[\d.]*$/.test(baseName(program)) && option?.text === "-m" && module?.text === "pip")
    return callOf("pip", words.slice(3));
  const name = baseName(program);
  const manager = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  return manager && callOf(manager, words.slice(1));
}

/** The words of a command from its program on, without `sudo`, `env A=b` and the like. */
export function unwrapped(words: readonly ShellWord[]): readonly ShellWord[] {
  let at = 0;
  while (
    WRAPPERS.has(words[at]?.text ?? "") ||
    (at > 0 && /^(?:-[A-Za-z]*|\w+=.*)$/s.test(words[at]?.text ?? ""))
  )
    at++;
  return words.slice(at);
}

function baseName(word: ShellWord | undefined): string {
  return word?.text.split("/").at(-1) ?? "";
}

function callOf(manager: Manager, words: readonly ShellWord[]): ManagerCall | undefined {
  const flags: string[] = [];
  const rest: ShellWord[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as ShellWord;
    if (!word.text.startsWith("-")) rest.push(word);
    else if (VALUED[manager].includes(word.text)) flags.push(`${word.text} ${words[++at]?.text ?? ""}`);
    else flags.push(word.text);
  }
  const [verb, ...packages] = rest;
  return verb && { manager, verb, flags, packages };
}
