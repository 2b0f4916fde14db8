import type { Flag } from "../flags.ts";

/** Which Dockerfile, and what it is read with: flags of every command that reads one. */
export const dockerfileFlags: readonly Flag[] = [
  {
    name: "file",
    short: "f",
    type: "string",
    value: "FILE",
    description: "the Dockerfile; - is standard input (default: PATH/Dockerfile)",
  },
  {
    name: "target",
    type: "string",
    value: "STAGE",
    description: "the stage to build (default: the last one)",
  },
  {
    name: "build-arg",
    type: "list",
    value: "K[=V]",
    description: "value of an ARG; without =V taken from the environment",
  },
  {
    name: "build-context",
    type: "list",
    value: "NAME=SPEC",
    description: "what NAME stands for in FROM and --from: recipe://debian:13, docker-image://NAME, a folder",
  },
  {
    name: "config",
    type: "string",
    value: "FILE",
    description: "the project's settings (default: TARE_CONFIG, else PATH/tare.yaml)",
  },
];
