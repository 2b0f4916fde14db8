import type { Command } from "./command.ts";

/** The commands, loaded when they are asked for: start-up is part of every build. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  base: async () => (await import("./commands/base.ts")).command,
  "base build": async () => (await import("./commands/base-build.ts")).command,
  "base init": async () => (await import("./commands/base-init.ts")).command,
  "base ls": async () => (await import("./commands/base-ls.ts")).command,
  "base resolve": async () => (await import("./commands/base-resolve.ts")).command,
  "base show": async () => (await import("./commands/base-show.ts")).command,
  "base update": async () => (await import("./commands/base-update.ts")).command,
  "base why": async () => (await import("./commands/base-why.ts")).command,
  build: async () => (await import("./commands/build.ts")).command,
  check: async () => (await import("./commands/check.ts")).command,
  images: async () => (await import("./commands/images.ts")).command,
  load: async () => (await import("./commands/load.ts")).command,
  login: async () => (await import("./commands/login.ts")).command,
  logout: async () => (await import("./commands/logout.ts")).command,
  prune: async () => (await import("./commands/prune.ts")).command,
  pull: async () => (await import("./commands/pull.ts")).command,
  push: async () => (await import("./commands/push.ts")).command,
  rmi: async () => (await import("./commands/rmi.ts")).command,
  run: async () => (await import("./commands/run.ts")).command,
  save: async () => (await import("./commands/save.ts")).command,
  sbom: async () => (await import("./commands/sbom.ts")).command,
  tag: async () => (await import("./commands/tag.ts")).command,
  tags: async () => (await import("./commands/tags.ts")).command,
};
