import { type ListedReferrer, listImageReferrers } from "../../api/index.ts";
import { takeOne } from "../arguments.ts";
import type { Command } from "../command.ts";
import { alignColumns, parseTemplate, type Row } from "../template.ts";

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
    const template = parseTemplate(templateText(flags.boolean("quiet"), flags.string("format")), HEADERS);
    const { referrers } = await listImageReferrers(request, signal);
    const lines = referrers.map((referrer) => template.render(rowOf(referrer)));
    for (const line of template.table ? alignColumns([template.header, ...lines]) : lines) out(`${line}\n`);
    return 0;
  },
};

const HEADERS: Row = { Kind: "KIND", ArtifactType: "ARTIFACT TYPE", Digest: "DIGEST", Size: "SIZE" };

function templateText(quiet: boolean, format = "table"): string {
  if (quiet) return "{{.Digest}}";
  if (format === "json") return "{{json .}}";
  return format === "table" ? "table {{.Kind}}\t{{.ArtifactType}}\t{{.Digest}}\t{{.Size}}" : format;
}

function rowOf({ kind, artifactType, digest, size }: ListedReferrer): Row {
  return { Kind: kind, ArtifactType: artifactType, Digest: digest, Size: String(size) };
}
