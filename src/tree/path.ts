import { encodeName } from "../base/index.ts";

/**
 * The order of entries: component by component, each by the bytes of its name. The root "" comes first
 * and a directory directly before what is in it, so `a/b` stands before `a-b`. For `sort`.
 */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    if (left >= SURROGATES && right >= ASCII_END) return compareBytes(a, b);
    if (right >= SURROGATES && left >= ASCII_END) return compareBytes(a, b);
    return weight(left) - weight(right);
  }
  return a.length - b.length;
}

/** What a path in a directory is from the root; either may be "", the root or the directory itself. */
export function joinPath(directory: string, path: string): string {
  if (path === "") return directory;
  return directory === "" ? path : `${directory}/${path}`;
}

/** The directory that a path is in; the root is in itself. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** The last component; "" of the root. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The components that mean something: neither empty nor `.`. */
export function pathComponents(path: string): string[] {
  return path.split("/").filter((component) => component !== "" && component !== ".");
}

// From here on UTF-16 units are not in the order of their UTF-8 bytes; below it, they are.
const SURROGATES = 0xd800;
const ASCII_END = 0x80;
const SLASH = 0x2f;

/** The end of a component sorts before every character of a longer one. */
function weight(unit: number): number {
  return unit === SLASH ? 0 : unit;
}

function compareBytes(a: string, b: string): number {
  const left = encodeName(a);
  const right = encodeName(b);
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const difference = weight(left[at] as number) - weight(right[at] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
