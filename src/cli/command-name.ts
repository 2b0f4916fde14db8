import { COMMANDS } from "./registry.ts";

/** A command that somebody typed: the name that the registry has for it, and what follows. */
export interface NamedCommand {
  readonly name: string;
  readonly rest: readonly string[];
}

/** `image ls` is `images`, `container stop` is `stop`, `base list` is `base ls`; the verb of a group is a part of the name, as in `base resolve`. */
export function commandName([first = "help", second, ...rest]: readonly string[]): NamedCommand {
  const own = { name: first, rest: second === undefined ? [] : [second, ...rest] };
  if (second === undefined) return own;
  const aliases = Object.hasOwn(ALIASES, first) ? ALIASES[first] : undefined;
  const alias = aliases && Object.hasOwn(aliases, second) ? aliases[second] : undefined;
  if (alias !== undefined) return { name: alias, rest };
  if (first === "image" || first === "container") return { name: second, rest };
  return Object.hasOwn(COMMANDS, `${first} ${second}`) ? { name: `${first} ${second}`, rest } : own;
}

const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  image: {
    ls: "images",
    list: "images",
    rm: "rmi",
    build: "build",
    prune: "image prune",
    tag: "tag",
    pull: "pull",
    push: "push",
  },
  container: { ls: "ps", list: "ps", ps: "ps", prune: "container prune" },
  system: { df: "du", prune: "prune" },
  builder: { build: "build", prune: "builder prune" },
  buildx: { build: "build", du: "du", prune: "builder prune" },
  volume: { list: "volume ls", remove: "volume rm" },
  base: { list: "base ls", inspect: "base show", lock: "base resolve", explain: "base why" },
};
