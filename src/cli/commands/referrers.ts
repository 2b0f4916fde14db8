import { type ListedReferrer, listImageReferrers } from "../../api/index.ts";
import { takeOne } from "../arguments.ts";
import type { Command } from "../command.ts";
import { printRows, rowTemplate } from "../rows.ts";
import type { Row } from "../template.ts";

export const command: Command = {
  spec: {
    name: "referrers",
    summary: "List what a registry has about an image: SBOMs, provenance, signatures",
    usage: "NAME[:TAG|@DIGEST]|oci:FOLDER[:TAG]",
    flags: [
      {
        name: "artifact-type",
        type: "string",
        value: "TYPE",
        description: "only those of one type, for example application/spdx+json",
      },
      {
        name: "platform",
        type: "string",
        value: "OS/ARCH",
        description: "about the image for a platform (default: about what the name leads to)",
      },
      { name: "quiet", short: "q", type: "boolean", description: "only digests" },
      {
        name: "format",
        type: "string",
        value: "table|json|TEMPLATE",
        description: "how to print, for example '{{.Digest}} {{.ArtifactType}}'",
      },
    ],
    examples: [
      "tare referrers registry.example.com/team/app:1.0",
      "tare referrers --artifact-type application/spdx+json -q localhost:5000/app",
    ],
  },
  async run(flags, { out, env, signal }) {
    const [platform, artifactType] = [flags.string("platform"), flags.string("artifact-type")];
    const request = {
      name: takeOne("referrers", flags),
      environment: env,
      ...(platform !== undefined && { platform }),
      ...(artifactType !== undefined && { artifactType }),
    };
    const format = flags.boolean("quiet") ? "{{.Digest}}" : flags.string("format");
    const style = { format, columns: COLUMNS, headers: HEADERS };
    // A template that can not be is told before the registry is asked.
    rowTemplate(style);
    const { referrers } = await listImageReferrers(request, signal);
    printRows(referrers.map(rowOf), { ...style, out });
    return 0;
  },
};

const HEADERS: Row = { Kind: "KIND", ArtifactType: "ARTIFACT TYPE", Digest: "DIGEST", Size: "SIZE" };

const COLUMNS = ["{{.Kind}}", "{{.ArtifactType}}", "{{.Digest}}", "{{.Size}}"];

function rowOf({ kind, artifactType, digest, size }: ListedReferrer): Row {
  return { Kind: kind, ArtifactType: artifactType, Digest: digest, Size: String(size) };
}
