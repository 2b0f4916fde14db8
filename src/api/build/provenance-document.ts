import { defined, TareError } from "../../base/index.ts";
import { PROXY_ARGS } from "../../dockerfile/index.ts";
import type { ExportAttachment } from "../../export/index.ts";
import { familiarName, type ImageConfig, parseReference } from "../../oci/index.ts";
import {
  type BuildParameters,
  type ImageProvenance,
  STATEMENT_TYPE,
  writeStatement,
} from "../../provenance/index.ts";
import type { ImageRecord, Store } from "../../store/index.ts";
import { VERSION } from "../version.ts";
import type { BuildJob } from "./job.ts";
import type { ProvenanceMode } from "./types.ts";

/** What made an image, as a document to attach. The same image always gives the same bytes: their date is that of the image. */
export function provenanceAttachment({
  config,
  names,
  provenance,
  parameters,
}: {
  /** Raw JSON. */
  readonly config: Uint8Array;
  readonly names: readonly string[];
  readonly provenance: ImageProvenance;
  readonly parameters: BuildParameters;
}): ExportAttachment {
  const { created, os, architecture } = JSON.parse(
    Buffer.from(config).toString("utf8"),
  ) as Partial<ImageConfig>;
  const [first] = names;
  const facts = {
    name: first === undefined ? "image" : familiarName(parseReference(first)),
    provenance,
    tool: { name: "tare", version: VERSION },
    parameters: { ...defined({ platform: os && architecture && `${os}/${architecture}` }), ...parameters },
    ...defined({ created }),
  };
  return {
    artifactType: STATEMENT_TYPE,
    bytes: (subject) => writeStatement({ ...facts, subject }),
    title: "provenance.intoto.json",
  };
}

/**
 * The same of an image of the store, as its build has recorded it. `user-unsupported` when nobody knows what made its
 * layers.
 */
export async function storedAttachment(
  store: Store,
  {
    record,
    names,
    parameters,
  }: {
    readonly record: ImageRecord;
    readonly names: readonly string[];
    readonly parameters: BuildParameters;
  },
): Promise<ExportAttachment> {
  const { provenance, id } = record;
  if (!provenance)
    throw new TareError("user-unsupported", `nobody has recorded what made the layers of ${names[0] ?? id}`, {
      hint: "build it here, or leave out --provenance",
    });
  const config = await store.images.rawConfig(record);
  return provenanceAttachment({ config, names, provenance, parameters });
}

/** What a build was asked for, as far as the mode lets everybody read it. */
export function parametersOf(
  { target, buildArgs, dockerfile }: Pick<BuildJob, "target" | "buildArgs" | "dockerfile">,
  mode: ProvenanceMode,
): BuildParameters {
  return {
    ...defined({ target }),
    ...(mode === "max" && { args: shownArguments(buildArgs), dockerfile: dockerfile.source }),
  };
}

/** Who may read what an image was built with need not know how somebody signs in to a proxy: hidden as BuildKit hides it in URLs. */
function shownArguments(buildArgs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const proxies: readonly string[] = PROXY_ARGS;
  return Object.fromEntries(
    Object.entries(buildArgs).map(([key, value]) => [
      key,
      proxies.includes(key.toUpperCase()) ? value.replace(CREDENTIALS, "$1xxxxx:xxxxx@") : value,
    ]),
  );
}

/** All of a proxy's address up to its host; the scheme may be missing. */
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)?.*@/is;
