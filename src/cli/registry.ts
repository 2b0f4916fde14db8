import type { Command } from "./command.ts";

/** The commands, loaded when they are asked for: start-up is part of every build. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  build: async () => (await import("./commands/build.ts")).command,
  check: async () => (await import("./commands/check.ts")).command,
  images: async () => (await import("./commands/images.ts")).command,
  prune: async () => (await import("./commands/prune.ts")).command,
  rmi: async () => (await import("./commands/rmi.ts")).command,
  run: async () => (await import("./commands/run.ts")).command,
  tag: async () => (await import("./commands/tag.ts")).command,
};
