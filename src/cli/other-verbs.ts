/** Commands that people may bring from docker, and what does the same here. */
export const OTHER_VERBS: Readonly<Record<string, string>> = {
  attach: "`tare logs -f` shows what a container writes, `tare exec -it` runs a shell beside it",
  "builder prune":
    "`tare prune --keep-storage SIZE` makes the build cache smaller, `tare prune --all` empties it",
  commit: "write what was done into a Dockerfile; files that shall last belong into a volume",
  "container prune": "`tare prune` removes containers that have ended, with what else nobody needs",
  cp: "mount a folder: tare run -v ./here:/there; for files of an image: tare build -o type=local, or tare save",
  create: "`tare run -d` starts it at once",
  events: "`tare wait` waits for the end of a container, `tare logs -f` follows it",
  export: "`tare build -o type=tar` writes the files of an image",
  "image prune":
    "`tare prune` removes images without a name, with containers that have ended and what else nobody needs",
  import: "FROM scratch and ADD archive.tar / in a Dockerfile",
  info: "`tare du` shows the store, `tare version` the program",
  network: "-p publishes ports, --network chooses host, none or private",
  pause: "`tare kill -s STOP` and `tare kill -s CONT` do it for the first process",
  rename: "name it at its start: tare run --name",
  restart:
    "a container that has ended is not started again; `tare run --restart always -d` does it by itself",
  search: "`tare tags NAME` lists what a registry has of a name",
  start:
    "a container that has ended is not started again: run its image anew, with a volume for what shall last",
  stats: "the limits of a container are in `tare inspect`, its processes in ps(1) of this machine",
  swarm: "containers of Tare are one machine's",
  top: "`tare exec NAME ps` where the image has ps, else ps(1) of this machine",
  unpause: "`tare kill -s CONT` does it for the first process",
  update: "limits are set at the start: tare run --memory, --cpus, --pids-limit",
};
