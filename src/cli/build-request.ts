import { type BuildRequest, TareError } from "../api/index.ts";
import { parseAnnotation } from "./annotation-flag.ts";
import { provenanceMode, sbomFormats } from "./attest-flags.ts";
import { parseCacheSource, parseCacheTarget, parseMountsTarget } from "./cache-flags.ts";
import type { Parsed } from "./flags.ts";
import { oneOf } from "./one-of.ts";
import { parseOutput } from "./output-flag.ts";
import { pairs, required } from "./pairs.ts";
import { stepRequest } from "./step-flags.ts";
import type { Terminal } from "./terminal.ts";

/** What the flags of `build` ask for. */
export function requestOf(flags: Parsed, environment: Terminal["env"]): BuildRequest {
  const [context, ...more] = flags.args;
  if (context === undefined || more.length > 0)
    throw new TareError(
      "user-bad-flag",
      `tare build requires exactly 1 argument, but got ${flags.args.length}`,
      {
        hint: "name the folder of the build: tare build -t NAME .",
      },
    );
  const optional = {
    dockerfile: flags.string("file"),
    target: flags.string("target"),
    config: flags.string("config"),
    platform: platformsOf(flags, environment),
    root: flags.string("root"),
    provenance: provenanceMode(flags),
    debianMirror: flags.string("debian-mirror"),
  };
  return {
    context,
    environment,
    tags: flags.list("tag"),
    buildArgs: pairs(flags.list("build-arg"), () => undefined),
    buildContexts: pairs(flags.list("build-context"), required("build-context", "NAME=SPEC")),
    labels: pairs(flags.list("label"), () => ""),
    annotations: flags.list("annotation").flatMap(parseAnnotation),
    noCache: flags.boolean("no-cache"),
    ...stepRequest(flags, environment),
    pull: flags.boolean("pull"),
    outputs: [
      ...flags.list("output").map(parseOutput),
      ...(flags.boolean("push") ? [{ type: "registry" } as const] : []),
    ],
    cacheFrom: flags.list("cache-from").map((text) => parseCacheSource(text)),
    cacheTo: flags.list("cache-to").map(parseCacheTarget),
    cacheMountsFrom: flags
      .list("cache-mounts-from")
      .map((text) => parseCacheSource(text, "cache-mounts-from")),
    cacheMountsTo: flags.list("cache-mounts-to").map(parseMountsTarget),
    sbom: sbomFormats(flags),
    hostCa: oneOf("host-ca", flags.string("host-ca") ?? "auto", ["auto", "off"] as const),
    isolation: isolationOf(flags.string("isolation")),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

/** `default` is Docker's word. */
function isolationOf(text = "auto"): "auto" | "oci" | "chroot" {
  return text === "default" ? "auto" : oneOf("isolation", text, ["auto", "oci", "chroot"] as const);
}

/** Several in one flag, or in several. */
function platformsOf(flags: Parsed, { DOCKER_DEFAULT_PLATFORM }: Terminal["env"]): string | undefined {
  const given = flags.list("platform");
  return given.length > 0 ? given.join(",") : DOCKER_DEFAULT_PLATFORM || undefined;
}
