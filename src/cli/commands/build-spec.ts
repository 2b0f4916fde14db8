import { annotationFlag } from "../annotation-flag.ts";
import { provenanceFlag, sbomFlag } from "../attest-flags.ts";
import { mirrorFlag } from "../base-flags.ts";
import { cacheFlags } from "../cache-flags.ts";
import type { CommandSpec } from "../flags.ts";
import { outputFlag } from "../output-flag.ts";
import { showFlags } from "../show-build.ts";
import { dockerfileFlags } from "./dockerfile-flags.ts";

const LATER = "not done yet";

export const buildSpec: CommandSpec = {
  name: "build",
  summary: "Build an image from a Dockerfile",
  usage: "PATH | -",
  flags: [
    { name: "tag", short: "t", type: "list", value: "NAME", description: "name of the image, NAME[:TAG]" },
    ...dockerfileFlags,
    { name: "no-cache", type: "boolean", description: "run every step, whatever is known of it" },
    {
      name: "no-cache-filter",
      type: "list",
      value: "STAGE",
      description: "stages whose steps run, whatever is known of them",
    },
    {
      name: "secret",
      type: "list",
      value: "id=ID,src=FILE",
      description: "secret for RUN --mount=type=secret; env=VARIABLE instead of src",
    },
    {
      name: "ssh",
      type: "list",
      value: "ID[=SOCKET|KEY]",
      description: "SSH agent (default: SSH_AUTH_SOCK), or private keys for one, for RUN --mount=type=ssh",
    },
    {
      name: "network",
      type: "string",
      value: "MODE",
      description: "network of RUN: default, host, none or private (by slirp4netns)",
    },
    {
      name: "add-host",
      type: "list",
      value: "NAME:ADDRESS",
      description: "line of /etc/hosts for RUN",
    },
    { name: "shm-size", type: "string", value: "BYTES", description: "size of /dev/shm for RUN" },
    { name: "ulimit", type: "list", value: "NAME=SOFT:HARD", description: "limit of RUN's processes" },
    {
      name: "allow",
      type: "list",
      value: "RIGHT",
      description: "what RUN may ask for: security.insecure",
    },
    {
      name: "pull",
      type: "boolean",
      description: "resolve composed bases anew, with today's packages, where no lock says which",
    },
    { name: "label", type: "list", value: "K=V", description: "label of the image" },
    annotationFlag,
    outputFlag,
    ...cacheFlags,
    showFlags.iidfile,
    showFlags.metadata,
    showFlags.progress,
    {
      name: "explain",
      type: "boolean",
      description: "after the build, say of each step that was not cached why it had to run",
    },
    showFlags.timeline,
    {
      name: "plan",
      type: "boolean",
      description: "run nothing: print which steps have a known result, and why the others would run",
    },
    {
      name: "call",
      type: "string",
      value: "check|outline|targets",
      description:
        "run nothing: check the Dockerfile, or list what a target takes, or the targets; ,format=json",
    },
    { name: "check", type: "boolean", description: "the same as --call check" },
    showFlags.quiet,
    {
      name: "platform",
      type: "list",
      value: "OS/ARCH,…",
      description: "platforms of the image; several make an index (default: this machine's)",
    },
    {
      name: "host-ca",
      type: "string",
      value: "auto|off",
      description: "let RUN trust this host's extra certificates (default: auto)",
    },
    {
      name: "isolation",
      type: "string",
      value: "MODE",
      description: "how RUN is kept apart: auto, oci (crun, runc) or chroot",
    },
    mirrorFlag,
    provenanceFlag,
    sbomFlag,
    {
      name: "attest",
      type: "list",
      value: "type=TYPE",
      description: "docker's way to say --sbom (type=sbom) and --provenance (type=provenance,mode=MODE)",
    },
    { name: "push", type: "boolean", description: "put the image into the registries that its names say" },
    {
      name: "load",
      type: "boolean",
      description: "accepted for docker's sake: images are always in the local store",
    },
  ],
  refused: {
    policy: LATER,
    device: "steps get no devices of the host",
    builder: "there is no builder to choose: nothing has to be started",
    squash: "use a second stage and COPY --from",
    memory: "steps have no limits; use --ulimit",
    "security-opt": "see --isolation",
  },
  ignored: [
    { name: "rm", type: "boolean", description: "steps leave no containers behind" },
    { name: "force-rm", type: "boolean", description: "steps leave no containers behind" },
    { name: "disable-content-trust", type: "boolean", description: "images are known by their digests" },
    { name: "compress", type: "boolean", description: "a context is read where it is, not sent" },
    { name: "memory-swap", type: "string", description: "steps have no limits" },
    { name: "cpu-period", type: "string", description: "steps have no limits" },
    { name: "cpu-quota", type: "string", description: "steps have no limits" },
    { name: "cpu-shares", short: "c", type: "string", description: "steps have no limits" },
    { name: "cpuset-cpus", type: "string", description: "steps have no limits" },
    { name: "cpuset-mems", type: "string", description: "steps have no limits" },
    { name: "cgroup-parent", type: "string", description: "steps have no cgroup of their own" },
  ],
  examples: [
    "tare build -t calculator .",
    "tare build --build-context ubuntu=recipe://debian:13 -t app .",
    "tare build -t app -o type=docker,dest=app.tar . && docker load -i app.tar",
  ],
};
