import type { PathParts } from "./jimage.ts";
import { wordsOf, writeImageIndex } from "./jimage-write.ts";

// A small jimage with all that a real one has, and a reader that looks paths up as Java does.

/** A module: what it requires (`static ` in front of what is optional), and its files. */
export interface TestModule {
  readonly requires?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

/** `module-info.class` with a constant of each size in front, as compilers leave them. */
export function moduleInfo(name: string, requires: readonly string[] = []): Buffer {
  const constants: Buffer[] = [];
  const constant = (tag: number, content: Buffer) => constants.push(Buffer.from([tag]), content);
  let count = 0;
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    constant(1, Buffer.concat([u2(bytes.length), bytes]));
    return ++count;
  };
  const named = (tag: number, value: string) => {
    const at = text(value);
    constant(tag, u2(at));
    return ++count;
  };
  constant(5, Buffer.alloc(8));
  count += 2;
  constant(3, Buffer.alloc(4));
  count++;
  const own = named(7, "module-info");
  const module = named(19, name);
  const [source, sourceName, attribute] = [text("SourceFile"), text("module-info.java"), text("Module")];
  const needed = requires.map((one) => {
    const flags = one.startsWith("static ") ? 0x40 : 0;
    return [named(19, one.replace("static ", "")), flags, 0].map(u2);
  });
  const content = Buffer.concat([...[module, 0, 0, needed.length].map(u2), ...needed.flat()]);
  return Buffer.concat([
    Buffer.from("cafebabe0000003d", "hex"),
    u2(count + 1),
    ...constants,
    ...[0x8000, own, 0, 0, 0, 0, 2, source].map(u2),
    u4(2),
    u2(sourceName),
    u2(attribute),
    u4(content.length),
    content,
  ]);
}

function u2(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function u4(value: number): Buffer {
  return Buffer.from([0, 0, value >> 8, value & 255]);
}

export function partsOf(path: string): PathParts {
  const [, module = "", rest = ""] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [undefined, "", path];
  if (module === "modules" || module === "packages" || module === "")
    return { module, parent: "", base: rest, extension: "" };
  const [, parent = "", name = ""] = /^(?:(.*)\/)?([^/]*)$/.exec(rest) ?? [];
  const dot = name.lastIndexOf(".");
  return dot < 0
    ? { module, parent, base: name, extension: "" }
    : { module, parent, base: name.slice(0, dot), extension: name.slice(dot + 1) };
}

/** An image of modules with its directories, as jlink lays it out. */
export function testImage(modules: Readonly<Record<string, TestModule>>): Buffer {
  const files = new Map<string, Buffer>();
  for (const [name, { requires = [], files: own = {} }] of Object.entries(modules)) {
    files.set(`/${name}/module-info.class`, moduleInfo(name, requires));
    for (const [path, content] of Object.entries(own)) files.set(`/${name}/${path}`, Buffer.from(content));
  }
  const folders = new Map<string, Set<string>>([["/modules", new Set()]]);
  const packages = new Map<string, Set<string>>();
  for (const path of files.keys()) {
    let child = path;
    for (let parent = path; parent.length > 0; child = `/modules${parent}`) {
      parent = parent.slice(0, parent.lastIndexOf("/"));
      const folder = `/modules${parent}`;
      folders.set(folder, (folders.get(folder) ?? new Set()).add(child));
    }
    const [, module = "", name] = /^\/([^/]+)\/(.+)\/[^/]+$/.exec(path) ?? [];
    if (name === undefined) continue;
    const at = `/packages/${name.replaceAll("/", ".")}`;
    packages.set(at, (packages.get(at) ?? new Set()).add(module));
  }
  folders.set("/packages", new Set(packages.keys()));
  const entries = [
    ...[...files].map(([path, { length: size }]) => ({ path, size })),
    ...[...packages].map(([path, { size }]) => ({ path, size: size * 8 })),
    ...[...folders].map(([path, { size }]) => ({ path, size: size * 4 })),
  ].map((one) => ({ ...one, parts: partsOf(one.path) }));
  const { bytes, places, textOffset } = writeImageIndex(entries, {
    version: 1 << 16,
    texts: ["class", ...Object.keys(modules)],
  });
  const placeOf = new Map(entries.map(({ path }, at) => [path, places[at] as number]));
  return Buffer.concat([
    bytes,
    ...files.values(),
    ...[...packages.values()].map((names) => wordsOf([...names].flatMap((name) => [0, textOffset(name)]))),
    ...[...folders.values()].map((paths) => wordsOf([...paths].map((path) => placeOf.get(path) as number))),
  ]);
}

/** What is at a path, looked up by hashes alone, as the virtual machine does (imageFile.cpp); undefined when nothing is. */
export function lookUp(image: Buffer, path: string): Buffer | undefined {
  const [length, locations, strings] = [16, 20, 24].map((at) => image.readUInt32LE(at)) as [
    number,
    number,
    number,
  ];
  const hash = (seed: number) => {
    let value = seed;
    for (const byte of Buffer.from(path)) value = Math.imul(value, 0x01000193) ^ byte;
    return (value & 0x7fffffff) % length;
  };
  const redirect = image.readInt32LE(28 + 4 * hash(0x01000193));
  if (redirect === 0) return undefined;
  const index = redirect < 0 ? -1 - redirect : hash(redirect);
  return contentAt(image, {
    place: image.readUInt32LE(28 + 4 * (length + index)),
    path,
    strings,
    locations,
    length,
  });
}

function contentAt(
  image: Buffer,
  table: { place: number; path: string; strings: number; locations: number; length: number },
): Buffer | undefined {
  const start = 28 + 8 * table.length;
  const texts = image.subarray(start + table.locations, start + table.locations + table.strings);
  const text = (at: number) => texts.toString("utf8", at, texts.indexOf(0, at));
  const values = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let at = start + table.place; image[at] !== 0; ) {
    const byte = image[at] as number;
    const size = (byte & 7) + 1;
    values[byte >> 3] = image.readUIntBE(at + 1, size);
    at += 1 + size;
  }
  const [, module = 0, parent = 0, base = 0, extension = 0, offset = 0, , size = 0] = values;
  const found = `${module ? `/${text(module)}/` : ""}${parent ? `${text(parent)}/` : ""}${text(base)}${extension ? `.${text(extension)}` : ""}`;
  const content = start + table.locations + table.strings + offset;
  return found === table.path ? image.subarray(content, content + size) : undefined;
}

/** Gives bytes in pieces, as a file is read. */
export function reading(bytes: Buffer, length = 100): () => AsyncIterable<Uint8Array> {
  return async function* () {
    for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
  };
}
