import { createReadStream } from "node:fs";
import { decompress } from "../archive/index.ts";
import { type Digest, sha256, TareError } from "../base/index.ts";
import type { ProgramFacts } from "../closure/index.ts";
import { readDeb } from "../debian/index.ts";
import { canonicalJson } from "../graph/index.ts";
import type { NpmPackage } from "../npm/index.ts";
import type { Store, StoredLayer } from "../store/index.ts";
import type { Entry } from "../tree/index.ts";
import { readControl } from "./dpkg-database.ts";
import { programsIn } from "./programs.ts";

/** A package unpacked: all of its files as a layer of the store, and what composing has to know of them. */
export interface PackageLayer {
  readonly layer: StoredLayer;
  readonly facts: PackageFacts;
}

/** Plain JSON; remembered in the store beside the layer. */
export interface PackageFacts {
  /** The control file as it is; "" of what is no Debian package. */
  readonly stanza: string;
  /** As the package has them, `<md5>  usr/bin/x` a line. */
  readonly md5sums: string;
  /** Of the youngest file, seconds since 1970. */
  readonly youngest: number;
  /** What each program and library needs, by its path in the package. */
  readonly programs: Readonly<Record<string, ProgramFacts>>;
}

/** Raised when the facts change, so that what was remembered before is not used any more. */
const GENERATION = 1;

/**
 * Unpacks a Debian package into the store, once: its data archive is a layer as it stands. No link of a package leads
 * anywhere, because nothing is written through a path. `integrity-archive` for what is no package.
 */
export function unpackPackage(
  { name, digest }: { readonly name: string; readonly digest: Digest },
  { store, fetch }: { readonly store: Store; readonly fetch: () => Promise<Buffer> },
): Promise<PackageLayer> {
  return remembered({ type: "package", digest }, store, async () => {
    const { control, data } = await readDeb(await fetch(), name);
    const { stanza, files } = await readControl(control);
    const md5sums = files.get("md5sums")?.content.toString("utf8") ?? "";
    const layer = await store.layers.addTar(data, { unsettled: true });
    return { layer, facts: { stanza, md5sums, ...(await filesOf(layer, { name, store })) } };
  });
}

/** The same of a package of the npm registry, whose archive is a file. */
export function unpackNpmPackage(
  { name, integrity }: NpmPackage,
  { store, fetch }: { readonly store: Store; readonly fetch: () => Promise<string> },
): Promise<PackageLayer> {
  return remembered({ type: "npm-package", integrity }, store, async () => {
    const layer = await store.layers.addTar(decompress(createReadStream(await fetch())), { unsettled: true });
    return { layer, facts: { stanza: "", md5sums: "", ...(await filesOf(layer, { name, store })) } };
  });
}

async function filesOf(
  layer: StoredLayer,
  { name, store }: { readonly name: string; readonly store: Store },
): Promise<Pick<PackageFacts, "youngest" | "programs">> {
  const { entries } = await layer.index();
  refuseMarks(entries, name);
  return {
    youngest: entries.reduce((latest, { mtime }) => Math.max(latest, mtime), 0),
    programs: programsIn(entries, store.blobs.path(await layer.diffId())),
  };
}

/** What the store remembers of a package, as long as its layer is there; else makes it. */
async function remembered(
  package_: Readonly<Record<string, string>>,
  store: Store,
  make: () => Promise<PackageLayer>,
): Promise<PackageLayer> {
  const key = { ...package_, generation: GENERATION };
  const digest = sha256(canonicalJson(key));
  const record = (await store.keys.get(digest)) as Partial<PackageRecord> | undefined;
  const [id] = record?.result?.layers ?? [];
  const layer = typeof id === "string" ? await store.layers.get(id) : undefined;
  if (layer && record?.facts) return { layer, facts: record.facts };
  const made = await make();
  const { facts } = made;
  const result = { layers: [made.layer.id], created: [facts.youngest * 1000] };
  await store.keys.put(digest, { key, result, facts } satisfies PackageRecord);
  return made;
}

interface PackageRecord {
  readonly key: object;
  /** What prune reads to know which layers are still of use. */
  readonly result: { readonly layers: readonly string[]; readonly created: readonly number[] };
  readonly facts: PackageFacts;
}

/** A package can not take away what others bring. */
function refuseMarks(entries: readonly Entry[], name: string): void {
  const mark = entries.find(({ kind }) => kind === "whiteout" || kind === "opaque");
  if (mark)
    throw new TareError("integrity-archive", `${name} has a file of the reserved name ${mark.path}`, {
      hint: "use another mirror",
    });
}
