import { type Digest, sha256, TareError } from "../base/index.ts";
import type { ResolvedPackage } from "../debian/index.ts";
import { canonicalJson } from "../graph/index.ts";
import type { Recipe } from "../recipe/index.ts";
import type { LayerGroup } from "./layer-groups.ts";
import type { PackageLayer } from "./package-layer.ts";
import { packageRecord } from "./package-record.ts";
import type { Placed } from "./placed.ts";
import { shippedFiles } from "./shipped-files.ts";

/** What goes into one layer; made only when the store does not have that layer. */
export interface LayerPart {
  /** What is in it, for the history. */
  readonly comment: string;
  /** Seconds since 1970: of the youngest file in it. */
  readonly youngest: number;
  /** Of all that the layer depends on; absent when making it is as fast as looking for it. */
  readonly key?: Digest;
  placed(): Promise<readonly Placed[]>;
}

/** Raised when packages become files in another way. */
const GENERATION = 1;

/** The files of a group of packages, and the records that say that they are there. */
export function packagesPart(
  { packages }: LayerGroup,
  { recipe, opened }: { readonly recipe: Recipe; readonly opened: ReadonlyMap<string, PackageLayer> },
): LayerPart {
  const members = packages.map((info) => ({
    info,
    package: opened.get(info.name) as PackageLayer,
    policy: policyOf(info, recipe),
  }));
  const key = members.map(({ info, policy }) => ({ digest: info.sha256, ...policy }));
  return {
    comment: packages.map(({ name, version }) => `${name} ${version}`).join(", "),
    youngest: Math.max(...members.map((member) => member.package.facts.youngest)),
    key: sha256(canonicalJson({ type: "packages", generation: GENERATION, packages: key })),
    async placed() {
      const all: Owned[] = [];
      for (const { info, package: opening, policy } of members) {
        const shipped = await shippedFiles(opening, policy);
        for (const placed of [...shipped, ...packageRecord(info.name, opening, shipped)])
          all.push({ placed, info });
      }
      return withoutReplaced(all);
    },
  };
}

function policyOf({ name }: ResolvedPackage, { packages, exclude, include }: Recipe) {
  const only = packages.find((one) => one.name === name)?.only;
  return { exclude, include, ...(only && { only }) };
}

interface Owned {
  readonly placed: Placed;
  readonly info: ResolvedPackage;
}

/** Two packages bring one path only where one of them says that it replaces the other's. */
function withoutReplaced(all: readonly Owned[]): readonly Placed[] {
  const owners = new Map<string, Owned>();
  for (const one of all) {
    const { path, kind } = one.placed.entry;
    const other = owners.get(path);
    if (!other || (kind === "dir" && other.placed.entry.kind === "dir")) owners.set(path, other ?? one);
    else if (one.info.replaces.includes(other.info.name)) owners.set(path, one);
    else if (!other.info.replaces.includes(one.info.name)) throw bothBring(path, other.info, one.info);
  }
  return [...owners.values()].map(({ placed }) => placed);
}

function bothBring(path: string, a: ResolvedPackage, b: ResolvedPackage): TareError {
  return new TareError("resolve-package", `${a.name} and ${b.name} both bring /${path}`, {
    hint: `leave one of them out, or the file of one: slices, or exclude: [/${path}]`,
  });
}
