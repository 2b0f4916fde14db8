import { TareError } from "../base/index.ts";
import { suggest } from "../text/index.ts";
import {
  HEADER_SIZE,
  type ImageEntry,
  type ImageIndex,
  indexSize,
  readImageHeader,
  readImageIndex,
  unsupported,
} from "./jimage.ts";
import { cutFolders, isFolder } from "./jimage-folders.ts";
import { writeImageIndex } from "./jimage-write.ts";
import { requiredModules } from "./module-info.ts";
import { pickRanges } from "./pick-ranges.ts";

/** A file of modules that was cut. */
export interface CutRuntime {
  /** What is left. */
  readonly modules: ReadonlySet<string>;
  /** Its bytes, from the beginning whenever they are asked for. */
  readonly content: () => AsyncGenerator<Uint8Array>;
}

/** Gives the bytes of a file, from the beginning. */
type Read = () => AsyncIterable<Uint8Array>;

/**
 * Cuts a Java runtime's `lib/modules` (a jimage, as JDK 9 and later have it) to some modules and those that they require.
 * What jlink does with a JDK's jmods is done here with what the runtime itself has: nothing is started, so the runtime may
 * be one for another architecture. Modules that are only found as services are not added, as with jlink.
 * `user-bad-recipe` for a module that the runtime has not, `user-unsupported` for a file of another form.
 */
export async function cutRuntime(read: Read, wanted: readonly string[]): Promise<CutRuntime> {
  const index = await readIndex(read);
  const modules = await closureOf(index, { read, wanted });
  const kept = byStart(index.entries.filter(({ parts }) => modules.has(parts.module)));
  if (kept.some(({ path }) => path === OPTIONS.path)) throw unsupported("it has options of its own");
  const folders = await cutFolders(index, { read, kept, modules });
  const entries = [...kept, OPTIONS, ...folders.entries];
  const { bytes, places, textOffset } = writeImageIndex(entries, {
    version: index.version,
    texts: index.firstTexts,
  });
  const placeOf = new Map(entries.map(({ path }, at) => [path, places[at] as number]));
  const tail = folders.content({ placeOf, textOffset });
  return {
    modules,
    async *content() {
      yield bytes;
      yield* pickRanges(read(), kept);
      yield Buffer.from(OPTIONS_TEXT);
      yield tail;
    },
  };
}

/**
 * What the virtual machine takes as options. In java.base is a list of all modules that Debian's runtime has, made when
 * that was linked; with this Java looks for itself what there is (SystemModuleFinders.java), in some 20 ms.
 */
const OPTIONS_TEXT = "-Djdk.system.module.finder.disableFastPath=true\n";
const OPTIONS = {
  path: "/java.base/jdk/internal/vm/options",
  parts: { module: "java.base", parent: "jdk/internal/vm", base: "options", extension: "" },
  size: OPTIONS_TEXT.length,
};

async function readIndex(read: Read): Promise<ImageIndex> {
  const [start = Buffer.alloc(0)] = await collected(read, [{ start: 0, size: HEADER_SIZE }]);
  const size = indexSize(readImageHeader(start));
  const [bytes = start] = await collected(read, [{ start: 0, size }]);
  return readImageIndex(bytes);
}

async function collected(read: Read, ranges: Parameters<typeof pickRanges>[1]): Promise<readonly Buffer[]> {
  const found: Buffer[] = [];
  for await (const bytes of pickRanges(read(), ranges)) found.push(bytes);
  return found;
}

function byStart(entries: readonly ImageEntry[]): readonly ImageEntry[] {
  return entries.toSorted((a, b) => a.start - b.start);
}

/** The wanted modules, java.base, and all that those require. */
async function closureOf(
  index: ImageIndex,
  { read, wanted }: { readonly read: Read; readonly wanted: readonly string[] },
): Promise<ReadonlySet<string>> {
  const infos = byStart(
    index.entries.filter(
      (entry) => !isFolder(entry) && entry.path === `/${entry.parts.module}/module-info.class`,
    ),
  );
  const texts = await collected(read, infos);
  const requires = new Map(infos.map(({ parts }, at) => [parts.module, texts[at] ?? Buffer.alloc(0)]));
  const modules = new Set(["java.base", ...wanted]);
  for (const name of modules) {
    const info = requires.get(name);
    if (!info) throw unknown(name, [...requires.keys()]);
    for (const one of requiredModules(info)) modules.add(one);
  }
  return modules;
}

function unknown(name: string, known: readonly string[]): TareError {
  const near = suggest(name, known);
  return new TareError("user-bad-recipe", `the Java runtime has no module ${name}`, {
    hint:
      near === undefined
        ? "`java --list-modules` prints those of a runtime; modules of an application are no part of it"
        : `did you mean ${near}?`,
    subject: name,
  });
}
