import { suggest, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { helpText } from "../help.ts";
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
  async run({ args: [verb] }, { out }) {
    if (verb === undefined) {
      out(helpText(command.spec));
      return 0;
    }
    const names = (command.spec.verbs ?? []).map(({ name }) => name.slice("base ".length));
    const near = suggest(verb, names);
    throw new TareError("user-bad-flag", `unknown verb: tare base ${verb}`, {
      hint: near === undefined ? `the verbs are ${names.join(", ")}` : `did you mean tare base ${near}?`,
    });
  },
};
