import { listImages, TareError } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import type { CommandSpec, Parsed } from "../flags.ts";
import { filterImages, IMAGE_HEADERS, imageRows } from "../image-rows.ts";
import { imageTree } from "../image-tree.ts";
import { printRows } from "../rows.ts";

const spec: CommandSpec = {
  name: "images",
  summary: "List the images of the local store",
  usage: "[NAME[:TAG]]",
  flags: [
    { name: "all", short: "a", type: "boolean", description: "also images without a name" },
    { name: "quiet", short: "q", type: "boolean", description: "only ids" },
    { name: "digests", type: "boolean", description: "show digests of manifests, where one was made" },
    { name: "no-trunc", type: "boolean", description: "show ids in full" },
    { name: "tree", type: "boolean", description: "images with their platforms and sizes as a tree" },
    {
      name: "format",
      type: "string",
      value: "table|json|TEMPLATE",
      description: "how to print, for example '{{.Repository}}:{{.Tag}} {{.Size}}'",
    },
    {
      name: "filter",
      short: "f",
      type: "list",
      value: "K=V",
      description: "dangling=, label=, before=, since=, until=, reference=",
    },
  ],
  examples: ["tare images", "tare images --filter reference='calc*' --format '{{.Repository}} {{.Size}}'"],
};

export const command: Command = {
  spec,
  async run(flags, { out, env }) {
    takeAtMost(1, "images", flags);
    const root = flags.string("root");
    const filters = [...flags.list("filter"), ...flags.args.map((name) => `reference=${name}`)];
    const all = flags.boolean("all") || filters.some((filter) => /^dangling=(1|t|true)$/i.test(filter));
    const images = filterImages(
      await listImages({ all, environment: env, ...(root !== undefined && { root }) }),
      filters,
    );
    const truncate = !flags.boolean("no-trunc");
    if (flags.boolean("tree")) {
      refuseBesideTree(flags);
      for (const line of imageTree(images, { truncate })) out(`${line}\n`);
      return 0;
    }
    const rows = imageRows(images, { now: Date.now(), truncate });
    if (flags.boolean("quiet")) {
      for (const id of new Set(rows.map((row) => row.ID))) out(`${id}\n`);
      return 0;
    }
    const digest = flags.boolean("digests") ? ["{{.Digest}}"] : [];
    const columns = ["{{.Repository}}", "{{.Tag}}", ...digest, "{{.ID}}", "{{.CreatedSince}}", "{{.Size}}"];
    printRows(rows, { format: flags.string("format"), columns, headers: IMAGE_HEADERS, out });
    return 0;
  },
};

function refuseBesideTree(flags: Parsed): void {
  const given = ["quiet", "digests"].find((name) => flags.boolean(name));
  const other = given ?? (flags.string("format") === undefined ? undefined : "format");
  if (other !== undefined)
    throw new TareError("user-bad-flag", `--${other} can not be used with --tree`, {
      hint: "leave out one of them",
    });
}
