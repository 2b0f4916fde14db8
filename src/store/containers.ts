import { existsSync, mkdirSync, readdirSync, renameSync, type Stats, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import {
  diskError,
  type FileLock,
  isSystemError,
  lock,
  readSmallIfExists,
  TareError,
  tryLock,
  uniqueName,
} from "../base/index.ts";
import type { ContainerRecord, ContainerState } from "./container-types.ts";
import { parseJson } from "./records.ts";
import { diskUsage, removeTree } from "./remove-tree.ts";

/** A container as others see it. */
export interface StoredContainer {
  readonly record: ContainerRecord;
  readonly state: ContainerState;
  /** Whether the process that watches over it lives. The kernel tells, so a record never claims a life that ended. */
  readonly alive: boolean;
  /** Where its files lie: `log.json`, `control`, `files/`. */
  readonly folder: string;
}

/** Bytes in the files that a running container has written to its file system; 0 when it has ended. */
export function writtenBytes(folder: string): Promise<number> {
  // Folders are also those that were made for its mounts.
  const sizeOf = (facts: Stats) => (facts.isDirectory() ? 0 : facts.size / Math.max(1, facts.nlink));
  return diskUsage(join(folder, FILES, "upper"), sizeOf);
}

/** The names of the volumes that containers see, ended ones too. */
export function volumesOf(containers: readonly StoredContainer[]): readonly string[] {
  const binds = containers.flatMap(({ record }) => record.process?.binds ?? []);
  return binds.flatMap(({ volume }) => (volume === undefined ? [] : [volume.name]));
}

/** A container of this process, as long as it lives. */
export interface OwnContainer extends Disposable {
  readonly folder: string;
  /** Makes the folder of its file system; removed when disposed. */
  files(): Promise<AsyncDisposable & { readonly path: string }>;
  setState(state: ContainerState): void;
}

/** Containers and their state: one folder each, renamed into place whole. */
export interface ContainerStore {
  /** Registers a container; its record may be read from now on. `user-conflict` for a name that is taken. */
  create(record: ContainerRecord): Promise<OwnContainer>;
  /** Newest first. One whose record is damaged counts as absent. */
  list(): readonly StoredContainer[];
  /** By its whole id; undefined when it is gone. */
  get(id: string): StoredContainer | undefined;
  /** By name, id, or a prefix of the id. `resolve-container`; `user-bad-reference` when several have it. */
  find(text: string): StoredContainer;
  /** Whether its file system was not removed, because it was killed or still runs. */
  hasFiles(id: string): boolean;
  /** Forgets it, with all of its files; as a user the engine has to do it where its files were not removed yet. */
  remove(id: string): Promise<void>;
}

export function openContainerStore(folders: {
  readonly containers: string;
  readonly locks: string;
  readonly tmp: string;
}): ContainerStore {
  const folderOf = (id: string) => join(folders.containers, id);
  const list = () =>
    namesIn(folders.containers)
      .map((id) => read(folderOf(id)))
      .filter((container) => container !== undefined)
      .sort((a, b) => b.record.created - a.record.created);
  return {
    list,
    get: (id) => read(folderOf(id)),
    find: (text) => find(list(), text),
    hasFiles: (id) => existsSync(join(folderOf(id), FILES)),
    async create(record) {
      using _names = await lock(join(folders.locks, "container-names"), "exclusive");
      const holder = list().find((container) => container.record.name === record.name);
      if (holder) throw nameTaken(holder.record);
      return makeContainer(record, { draft: join(folders.tmp, uniqueName()), folder: folderOf(record.id) });
    },
    async remove(id) {
      const grave = join(folders.tmp, uniqueName());
      try {
        await rename(folderOf(id), grave);
      } catch (error) {
        if (isSystemError(error, "ENOENT")) return;
        throw error;
      }
      await removeTree(grave);
    },
  };
}

function makeContainer(
  record: ContainerRecord,
  { draft, folder }: { readonly draft: string; readonly folder: string },
): OwnContainer {
  let held: FileLock | undefined;
  try {
    mkdirSync(draft, { mode: 0o711 });
    writeFileSync(join(draft, RECORD), JSON.stringify(record), PRIVATE);
    writeFileSync(
      join(draft, STATE),
      JSON.stringify({ status: "created" } satisfies ContainerState),
      PRIVATE,
    );
    // The lock is on the file, whatever its folder is called.
    held = tryLock(join(draft, LOCK), "exclusive");
    renameSync(draft, folder);
  } catch (error) {
    held?.[Symbol.dispose]();
    throw diskError(error, folder);
  }
  const path = join(folder, FILES);
  return {
    folder,
    async files() {
      mkdirSync(path, { mode: 0o711 });
      return { path, [Symbol.asyncDispose]: () => removeTree(path) };
    },
    setState(state) {
      const next = join(folder, `${STATE}.draft`);
      try {
        writeFileSync(next, JSON.stringify(state), PRIVATE);
        renameSync(next, join(folder, STATE));
      } catch (error) {
        // Somebody removed it by force.
        if (!isSystemError(error, "ENOENT")) throw diskError(error, folder);
      }
    },
    [Symbol.dispose]: () => held?.[Symbol.dispose](),
  };
}

/** Commands and labels may hold secrets. */
const PRIVATE = { mode: 0o600 };
const RECORD = "container.json";
const STATE = "state.json";
const LOCK = "lock";
const FILES = "files";

function nameTaken({ name, id }: ContainerRecord): TareError {
  return new TareError("user-conflict", `the container name ${JSON.stringify(name)} is in use by ${id}`, {
    hint: `choose another name, or remove that container: tare rm ${name}`,
  });
}

function find(containers: readonly StoredContainer[], text: string): StoredContainer {
  const exact = containers.find(({ record }) => record.name === text || record.id === text);
  if (exact) return exact;
  const begun = text === "" ? [] : containers.filter(({ record }) => record.id.startsWith(text));
  const [only, ...more] = begun;
  if (more.length > 0)
    throw new TareError("user-bad-reference", `${text} is the beginning of ${begun.length} container ids`, {
      hint: "write more digits of the id",
    });
  if (only) return only;
  throw new TareError("resolve-container", `no such container: ${text}`, {
    hint: "`tare ps -a` lists what there is",
  });
}

function read(folder: string): StoredContainer | undefined {
  const record = readJson(join(folder, RECORD));
  const state = readJson(join(folder, STATE));
  if (!isRecord(record)) return undefined;
  // An ended container needs no look at its lock, which would load the library of system calls.
  const known = isState(state) ? state : ({ status: "created" } as const);
  return { record, state: known, alive: known.status !== "exited" && isHeld(join(folder, LOCK)), folder };
}

function isHeld(path: string): boolean {
  try {
    const free = tryLock(path, "shared");
    free?.[Symbol.dispose]();
    return free === undefined;
  } catch (error) {
    // Where nobody can say, it counts as alive, so nothing that it may use is removed.
    return !isSystemError(error, "ENOENT");
  }
}

function readJson(path: string): unknown {
  const bytes = readSmallIfExists(path);
  return bytes && parseJson(bytes);
}

function isRecord(value: unknown): value is ContainerRecord {
  const { id, name, image, layers, command } = (value ?? {}) as Partial<ContainerRecord>;
  const words = [id, name, image].every((word) => typeof word === "string");
  return words && Array.isArray(layers) && Array.isArray(command);
}

function isState(value: unknown): value is ContainerState {
  const { status } = (value ?? {}) as Partial<ContainerState>;
  return status !== undefined && ["created", "running", "restarting", "exited"].includes(status);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
}
