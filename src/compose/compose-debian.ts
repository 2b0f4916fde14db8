import { mkdir } from "node:fs/promises";
import { isSystemError, mapConcurrent, sha256, TareError, throwIfCancelled } from "../base/index.ts";
import {
  fetchPackage,
  findMirror,
  MIRROR_HINTS,
  type Mirror,
  type RepositoryAccess,
  type ResolvedPackage,
  readDeb,
  resolveSystem,
} from "../debian/index.ts";
import { createHttpClient } from "../net/index.ts";
import type { Composed, ComposeRequest } from "./compose-recipe.ts";
import { configureScript } from "./configure-script.ts";
import { type ControlFiles, readControl, writeDatabase } from "./dpkg-database.ts";
import { codenameOf } from "./recipe.ts";
import { writeSettings } from "./settings.ts";
import { prepareRoot, type Unpacked, unpackData } from "./unpack-data.ts";

/** Downloads and unpackings under way at once: the decoder and the network each want more than one. */
const AT_ONCE = 4;

/**
 * A full minimal Debian: Essential and required packages and apt, as `mmdebstrap --variant=minbase` has them.
 * Packages are unpacked as they arrive; dpkg's database is written as dpkg would have after unpacking; then
 * dpkg itself configures everything in the sandbox, by the packages' own scripts.
 */
export async function composeDebian(request: ComposeRequest, signal: AbortSignal): Promise<Composed> {
  const mirror = await findMirror(request.mirror);
  await using client = createHttpClient(request.environment, MIRROR_HINTS);
  const access = { client, cache: request.cacheDirectory, refresh: request.pull, now: Date.now() };
  await mkdir(access.cache, { recursive: true });
  const suites = { mirror, codename: codenameOf(request.recipe), architecture: request.architecture };
  const packages = await resolveSystem(suites, { extra: ["apt"], access }, signal);
  const unpacked = await unpackAll(packages, { request, access, signal });
  writeDatabase(
    request.root,
    unpacked.map(({ control, paths }) => ({ control, paths })),
  );
  writeSettings(request.root, suites);
  await request.configure(request.root, configureScript(unpacked.map(({ control }) => control)));
  return {
    lockDigest: lockDigest(packages, mirror),
    releasedAt: Math.max(...unpacked.map(({ youngest }) => youngest)) * 1000,
    packages: packages.map(({ name, version, architecture, sha256: digest }) => ({
      name,
      version,
      architecture,
      sha256: digest,
    })),
  };
}

interface UnpackedPackage extends Unpacked {
  readonly control: ControlFiles;
}

async function unpackAll(
  packages: readonly ResolvedPackage[],
  {
    request,
    access,
    signal,
  }: { readonly request: ComposeRequest; readonly access: RepositoryAccess; readonly signal: AbortSignal },
): Promise<readonly UnpackedPackage[]> {
  const root = prepareRoot(request.root);
  const total = packages.reduce((sum, { size }) => sum + size, 0);
  let current = 0;
  return mapConcurrent(packages, AT_ONCE, async (info) => {
    throwIfCancelled(signal);
    const { control, data } = await readDeb(
      await fetchPackage(info, access, signal),
      `${info.name}_${info.version}.deb`,
    );
    const files = await readControl(control);
    const result = await unpackData(data, { root, conffiles: files.conffiles, name: info.name }).catch(
      noOwner,
    );
    current += info.size;
    request.onProgress({ what: "packages", current, total });
    return { ...result, control: files };
  });
}

/** Where only one user id is mapped, a file of another user can not be made. */
function noOwner(error: unknown): never {
  if (!isSystemError(error, "EINVAL") || !/chown/.test(error.syscall ?? "")) throw error;
  throw new TareError(
    "environment-namespaces",
    "the packages have files of other users, and only one user id is mapped",
    {
      hint: "install uidmap, and add a range: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER",
      cause: error,
    },
  );
}

/** Raised when the way of composing changes, so that old layers are not taken for new ones. */
const GENERATION = 1;

function lockDigest(packages: readonly ResolvedPackage[], mirror: Mirror): Composed["lockDigest"] {
  return sha256(JSON.stringify([GENERATION, mirror, packages.map(({ sha256: digest }) => digest)]));
}
