import { runImage, TareError } from "../../api/index.ts";
import { chooseProgress } from "../choose-progress.ts";
import type { Command } from "../command.ts";
import type { CommandSpec } from "../flags.ts";
import { RUN_FLAGS } from "../run-flags.ts";
import { runRequest } from "../run-request.ts";
import { passedSignals } from "../signals.ts";

const spec: CommandSpec = {
  name: "run",
  summary: "Run an image, in the foreground or with -d in the background",
  usage: "IMAGE [ARG...]",
  stopAtArgument: true,
  flags: RUN_FLAGS,
  refused: {
    privileged: "a container never gets more than its namespaces; see --cap-add",
    device: "devices of this machine are not for containers",
    gpus: "devices of this machine are not for containers",
    link: "containers share this machine's network, or publish ports to it",
    "cpuset-mems": "a container uses all of the memory that its processors have; see --cpuset-cpus",
    "memory-swappiness": "limits of memory are --memory, --memory-swap and --memory-reservation",
    "blkio-weight": "limits are of memory, processors and processes",
    "oom-kill-disable": "what takes more memory than it may is always killed",
    attach: "-i passes standard input on, output always is; with -d there is `tare logs -f`",
    a: "-i passes standard input on, output always is; with -d there is `tare logs -f`",
    "detach-keys":
      "a container in the foreground ends with its caller; start it with -d, and see `tare logs -f`",
    pid: "a container has its own processes",
    ipc: "a container has its own shared memory",
    uts: "a container has its own host name; see --hostname",
    userns: "without root, a container's users are those of /etc/subuid; as root they are this machine's",
    cgroupns: "a container with limits sees its own groups",
    "cgroup-parent": "limits are set below the group of the caller: start tare in another one",
    runtime: "choose it with --isolation",
    sysctl: "settings of the kernel are this machine's",
    "network-alias": "containers share this machine's network, or publish ports to it",
    net: "write --network",
    ip: "a network of its own has one address; publish ports with -p",
    ip6: "a network of its own has one address; publish ports with -p",
    "mac-address": "a network of its own has one card",
    "log-driver": "a log is always kept in Docker's form json-file; read it with `tare logs`",
    "volume-driver": "a volume is a folder of the store",
    "storage-opt": "a container's files share the store's disk; -v and --tmpfs set others up",
    "oom-score-adj": "limits of memory are --memory, --memory-swap and --memory-reservation",
    domainname: "write it as a part of --hostname",
  },
  ignored: [
    { name: "log-opt", type: "list", description: "a log has 32 MB at most, the older half goes first" },
    { name: "disable-content-trust", type: "boolean", description: "there is no content trust" },
  ],
  examples: [
    "echo '3 * 4' | tare run -i calculator",
    'tare run --rm -v "$PWD:/src:ro" -w /src --entrypoint sh app -c ls',
    "tare run -d --name web -p 8080:80 --read-only --tmpfs /tmp shop",
  ],
};

export const command: Command = {
  spec,
  async run(flags, { env, signal, hasKeyboard, isTerminal, out, err }) {
    const [image, ...args] = flags.args;
    if (image === undefined)
      throw new TareError("user-bad-flag", "tare run requires an image", {
        hint: "`tare images` lists the images",
      });
    const request = { ...runRequest(flags, env), image, args };
    if (request.tty && !request.detach && !hasKeyboard)
      throw new TareError("user-bad-flag", "the input device is not a terminal", {
        hint: "leave out -t; -i alone passes standard input on",
      });
    const wanted = flags.boolean("quiet") ? "quiet" : undefined;
    const progress = chooseProgress({ wanted, isTerminal, screen: err, title: "Pulling" });
    using signals = passedSignals();
    const { id, exitCode } = await runImage(
      request,
      {
        ...(flags.string("sig-proxy") !== "false" && { signals: signals.list }),
        onPull: progress.show,
        emit: (event) => {
          progress.end();
          if (event.type === "notice") err.write(`WARNING: ${event.message}\n`);
        },
      },
      signal,
    ).finally(progress.end);
    if (exitCode === undefined) out(`${id}\n`);
    return exitCode ?? 0;
  },
};
