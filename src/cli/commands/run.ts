import { resolve } from "node:path";
import { runImage, TareError, type Volume } from "../../api/index.ts";
import type { Command } from "../command.ts";
import type { CommandSpec, Parsed } from "../flags.ts";
import { passedSignals } from "../signals.ts";

const LATER = "not done yet";

const spec: CommandSpec = {
  name: "run",
  summary: "Run an image in the foreground",
  usage: "IMAGE [ARG...]",
  stopAtArgument: true,
  flags: [
    {
      name: "rm",
      type: "boolean",
      description: "accepted for docker's sake: what a run writes is never kept",
    },
    { name: "interactive", short: "i", type: "boolean", description: "keep standard input open" },
    { name: "tty", short: "t", type: "boolean", description: "connect a terminal" },
    {
      name: "env",
      short: "e",
      type: "list",
      value: "K=V",
      description: "variable of the process; without =V taken from the environment",
    },
    {
      name: "volume",
      short: "v",
      type: "list",
      value: "SRC:DST[:ro]",
      description: "a folder or file of this machine that the process sees",
    },
    { name: "workdir", short: "w", type: "string", value: "DIR", description: "working directory" },
    {
      name: "user",
      short: "u",
      type: "string",
      value: "USER[:GROUP]",
      description: "user of the process, by name or number",
    },
    {
      name: "entrypoint",
      type: "string",
      value: "PROGRAM",
      description: "instead of the image's ENTRYPOINT",
    },
    {
      name: "network",
      type: "string",
      value: "none|host",
      description: "network of the process (default: host)",
    },
    {
      name: "hostname",
      type: "string",
      value: "NAME",
      description: "host name of the process (default: the image's short id)",
    },
    { name: "isolation", type: "string", value: "MODE", description: "auto, oci (crun, runc) or chroot" },
  ],
  refused: {
    detach: "a run stays in the foreground",
    d: "a run stays in the foreground",
    publish: "the process shares this machine's network: its ports are there already",
    p: "the process shares this machine's network: its ports are there already",
    name: LATER,
    mount: "use -v",
    "env-file": LATER,
    memory: LATER,
    "read-only": LATER,
    platform: LATER,
  },
  examples: [
    "echo '3 * 4' | tare run -i calculator",
    'tare run --rm -v "$PWD:/src:ro" -w /src --entrypoint sh app -c ls',
  ],
};

export const command: Command = {
  spec,
  async run(flags, { env, signal, hasKeyboard }) {
    const [image, ...args] = flags.args;
    if (image === undefined)
      throw new TareError("user-bad-flag", "tare run requires an image", {
        hint: "`tare images` lists the images",
      });
    const tty = flags.boolean("tty");
    if (tty && !hasKeyboard)
      throw new TareError("user-bad-flag", "the input device is not a terminal", {
        hint: "leave out -t; -i alone passes standard input on",
      });
    using signals = passedSignals();
    const request = {
      image,
      args,
      env: flags.list("env").flatMap((word) => variable(word, env)),
      volumes: flags.list("volume").map(parseVolume),
      // Whoever types at a terminal types for the process: there is nobody else to read it.
      interactive: flags.boolean("interactive") || tty,
      tty,
      environment: env,
      ...optional(flags),
    };
    const { exitCode } = await runImage(request, { signals: signals.list }, signal);
    return exitCode;
  },
};

function optional(flags: Parsed): object {
  const network = flags.string("network");
  if (network !== undefined && network !== "none" && network !== "host")
    throw new TareError("user-bad-flag", `invalid network ${JSON.stringify(network)}`, {
      hint: "--network takes none or host",
    });
  const names = ["root", "workdir", "user", "entrypoint", "hostname", "isolation"] as const;
  const given = [...names.map((name) => [name, flags.string(name)] as const), ["network", network] as const];
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function variable(word: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  if (word.includes("=")) return [word];
  const value = env[word];
  return value === undefined ? [] : [`${word}=${value}`];
}

function parseVolume(text: string): Volume {
  const [source = "", target = "", mode = "rw", ...more] = text.split(":");
  if (source === "" || !target.startsWith("/") || more.length > 0 || !["rw", "ro"].includes(mode))
    throw new TareError("user-bad-flag", `invalid volume ${JSON.stringify(text)}`, {
      hint: "write -v SOURCE:/TARGET or -v SOURCE:/TARGET:ro",
    });
  return { source: resolve(source), target, readonly: mode === "ro" };
}
