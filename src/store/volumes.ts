import { chmodSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import {
  diskError,
  isSystemError,
  lock,
  readSmallIfExists,
  syncDirectory,
  TareError,
  uniqueName,
} from "../base/index.ts";
import { parseJson } from "./records.ts";
import { diskUsage, removeTree } from "./remove-tree.ts";
import { syncFileSystem } from "./sync.ts";

/** A folder by name, which outlives the containers that write to it; `volumes/NAME/volume.json`. */
export interface VolumeRecord {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it was made for one container, and its name made up. */
  readonly anonymous: boolean;
}

/** A volume and where what is in it lies. */
export interface StoredVolume extends VolumeRecord {
  readonly folder: string;
}

/** Makes a folder with what a new volume begins with; the path is not there yet. */
export type FillVolume = (path: string) => Promise<void>;

/** Volumes: one folder each, renamed into place whole, so one that is there has all that it began with. */
export interface VolumeStore {
  /** By name. One whose record is damaged has the facts that its folder tells. */
  list(): readonly StoredVolume[];
  /** `resolve-volume`. */
  find(name: string): StoredVolume;
  folderOf(name: string): string;
  /**
   * The volume of that name, made if it is not there. One that is empty, new or not, is filled first; where `inUse`,
   * nothing is put below those who look at it.
   */
  open(
    record: VolumeRecord,
    how?: { readonly fill?: FillVolume; readonly inUse?: () => boolean },
  ): Promise<StoredVolume>;
  /** Removes one with all that is in it, unless `check` throws: bytes on the disk, 0 when there is none. */
  remove(name: string, check?: () => void): Promise<number>;
}

export function openVolumeStore(folders: {
  readonly volumes: string;
  readonly locks: string;
  readonly tmp: string;
}): VolumeStore {
  const home = (name: string) => join(folders.volumes, name);
  const folderOf = (name: string) => join(home(name), DATA);
  const held = (name: string) => lock(join(folders.locks, `volume-${name}`), "exclusive");
  const names = () => readdirSync(folders.volumes).sort();
  const read = (name: string): StoredVolume => ({ ...recordIn(home(name), name), folder: folderOf(name) });
  const draft = async (record: VolumeRecord, fill: FillVolume = makeEmpty) => {
    const path = join(folders.tmp, uniqueName());
    mkdirSync(path, { mode: 0o711 });
    await fill(join(path, DATA));
    writeFileSync(join(path, RECORD), JSON.stringify(record), { mode: 0o600 });
    // Once it has its name nobody would fill it again. An anonymous one is its container's, which no power cut outlives.
    if (!record.anonymous && readdirSync(join(path, DATA)).length > 0) await syncFileSystem(path);
    return path;
  };
  return {
    folderOf,
    list: () => names().map(read),
    find(name) {
      if (names().includes(name)) return read(name);
      throw new TareError("resolve-volume", `no such volume: ${name}`, {
        hint: "`tare volume ls` lists what there is",
      });
    },
    async open(record, { fill, inUse = () => false } = {}) {
      using _lock = await held(record.name);
      try {
        if (!names().includes(record.name)) {
          renameSync(await draft(record, fill), home(record.name));
          await syncDirectory(folders.volumes);
        } else if (fill && readdirSync(folderOf(record.name)).length === 0 && !inUse()) {
          const path = await draft(record, fill);
          renameSync(join(path, DATA), folderOf(record.name));
          await removeTree(path);
        }
      } catch (error) {
        throw diskError(error, home(record.name));
      }
      return read(record.name);
    },
    async remove(name, check = () => {}) {
      using _lock = await held(name);
      check();
      const grave = join(folders.tmp, uniqueName());
      try {
        await rename(home(name), grave);
      } catch (error) {
        if (isSystemError(error, "ENOENT")) return 0;
        throw error;
      }
      const bytes = await diskUsage(grave);
      await removeTree(grave);
      return bytes;
    },
  };
}

const DATA = "_data";
const RECORD = "volume.json";

async function makeEmpty(path: string): Promise<void> {
  mkdirSync(path);
  // Whatever the caller's mask.
  chmodSync(path, 0o755);
}

function recordIn(folder: string, name: string): VolumeRecord {
  const bytes = readSmallIfExists(join(folder, RECORD));
  const { created, labels, anonymous } = ((bytes && parseJson(bytes)) ?? {}) as Partial<VolumeRecord>;
  return {
    name,
    created: typeof created === "number" ? created : 0,
    labels: typeof labels === "object" && labels !== null ? labels : {},
    anonymous: anonymous === true,
  };
}
