import { defined } from "../base/index.ts";
import type { ExportAttachment } from "../export/index.ts";
import { familiarName, type ImageConfig, parseReference } from "../oci/index.ts";
import { type ImageProvenance, STATEMENT_TYPE, writeStatement } from "../provenance/index.ts";
import type { BuildJob } from "./job.ts";
import type { ProvenanceMode } from "./types.ts";
import { VERSION } from "./version.ts";

/** What made an image, as a document to attach. The same image always gives the same bytes: their date is that of the image. */
export function provenanceAttachment(
  job: Pick<BuildJob, "target" | "buildArgs" | "dockerfile">,
  image: {
    /** Raw JSON. */
    readonly config: Uint8Array;
    readonly names: readonly string[];
    readonly provenance: ImageProvenance;
    readonly mode: ProvenanceMode;
  },
): ExportAttachment {
  const { created, os, architecture } = JSON.parse(
    Buffer.from(image.config).toString("utf8"),
  ) as Partial<ImageConfig>;
  const [first] = image.names;
  const name = first === undefined ? "image" : familiarName(parseReference(first));
  const parameters = {
    ...defined({ target: job.target, platform: os && architecture && `${os}/${architecture}` }),
    ...(image.mode === "max" && { args: job.buildArgs, dockerfile: job.dockerfile.source }),
  };
  const facts = { name, provenance: image.provenance, tool: TOOL, parameters, ...defined({ created }) };
  return {
    artifactType: STATEMENT_TYPE,
    bytes: (subject) => writeStatement({ ...facts, subject }),
    title: "provenance.intoto.json",
  };
}

const TOOL = { name: "tare", version: VERSION };
