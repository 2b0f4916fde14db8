import { TareError } from "../base/index.ts";
import { type Descriptor, type Index, isArtifact } from "../oci/index.ts";
import { descriptorsOf, parseObject } from "./documents.ts";
import type { LayoutReader } from "./reader.ts";
import { hasName } from "./select.ts";

/**
 * What a name of a layout leads to: an image, or an index of several. Without a name the layout must have one alone;
 * documents about images do not count. `resolve-image`, `integrity-archive`.
 */
export async function findRoot(reader: LayoutReader, name: string | undefined): Promise<Descriptor> {
  const index = parseObject<Index>((await reader.file("index.json")) as Uint8Array, "index.json");
  const named = descriptorsOf(index.manifests, "index.json").filter((line) =>
    name === undefined ? !isArtifact(line) : hasName(line, name),
  );
  const distinct = [...new Map(named.map((line) => [line.digest, line])).values()];
  const [only, ...more] = distinct;
  if (only && more.length === 0) return only;
  const problem = only ? "has more than one of" : "does not have";
  throw new TareError("resolve-image", `the OCI layout ${problem} ${name ?? "an image"}`, {
    hint: only ? "name one of its images by tag or digest" : "check the name",
  });
}
