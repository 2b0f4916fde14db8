import type { Command } from "../command.ts";
import { runGroup } from "../group.ts";
import { command as build } from "./base-build.ts";
import { command as init } from "./base-init.ts";
import { command as ls } from "./base-ls.ts";
import { command as resolve } from "./base-resolve.ts";
import { command as show } from "./base-show.ts";
import { command as update } from "./base-update.ts";
import { command as why } from "./base-why.ts";

export const command: Command = {
  spec: {
    name: "base",
    summary: "Compose bases without a shell from signed Debian packages, by recipes",
    usage: "VERB",
    flags: [],
    examples: [
      "tare base build -t python:3 python",
      "tare base init --extends python ours.yaml && tare base resolve ours.yaml && tare base build -t ours ours.yaml",
    ],
    verbs: [ls, show, init, resolve, build, update, why].map(({ spec }) => spec),
  },
  run: (flags, terminal) => runGroup(command.spec, { flags, terminal }),
};
