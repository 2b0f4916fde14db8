import { constants } from "node:fs";
import { koffi } from "./foreign.ts";
import { lazy } from "./lazy.ts";
import { encodeName } from "./names.ts";

/**
 * The system calls that Node has no function for. Each takes names in the form of `decodeName` and
 * throws a system error (`code` such as `EPERM`) on failure. The library behind them is loaded at the
 * first call, because it costs 10 ms of start-up.
 */
export function mount(request: {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly flags: number;
  readonly data: string;
}): void {
  const { source, target, type, flags, data } = request;
  check("mount", target, libc().mount(cstring(source), cstring(target), cstring(type), flags, cstring(data)));
}

export function umount(target: string, flags = 0): void {
  check("umount2", target, libc().umount2(cstring(target), flags));
}

/** Makes a character or block device, fifo or whiteout; `mode` includes the type bits (mknod(2)). */
export function mknod(
  path: string,
  mode: number,
  device: { readonly major: number; readonly minor: number },
): void {
  check("mknod", path, libc().mknod(cstring(path), mode, deviceNumber(device.major, device.minor)));
}

/** The names of a file's extended attributes, symbolic links not followed; none where unsupported. */
export function listXattrs(path: string): readonly string[] {
  const bytes = grow((buffer) => libc().llistxattr(cstring(path), buffer, buffer.length), path);
  if (!bytes) return [];
  return bytes.toString("latin1").split("\0").filter(Boolean);
}

/** An extended attribute's exact bytes, or undefined when the file has none of that name. */
export function getXattr(path: string, name: string): Buffer | undefined {
  return grow((buffer) => libc().lgetxattr(cstring(path), cstring(name), buffer, buffer.length), path);
}

export function setXattr(path: string, name: string, value: Uint8Array): void {
  check("lsetxattr", path, libc().lsetxattr(cstring(path), cstring(name), value, value.length, 0));
}

/**
 * A pipe (pipe(2)), which a program may open anew by a name such as /dev/stderr, unlike the sockets that Node connects
 * its children by. Both ends are closed in programs that do not get them.
 */
export function pipe(): { readonly read: number; readonly write: number } {
  const ends = Buffer.alloc(8);
  check("pipe2", "", libc().pipe2(ends, O_CLOEXEC));
  return { read: ends.readInt32LE(0), write: ends.readInt32LE(4) };
}

const O_CLOEXEC = 0o2000000;

/** Gives a file that was opened without a name (O_TMPFILE) one; `EEXIST` when that is taken. */
export function linkDescriptor(fd: number, path: string): void {
  const source = cstring(`/proc/self/fd/${fd}`);
  check("linkat", path, libc().linkat(AT_FDCWD, source, AT_FDCWD, cstring(path), AT_SYMLINK_FOLLOW));
}

const AT_FDCWD = -100;
const AT_SYMLINK_FOLLOW = 0x400;

/** Flags of open(2) for a file without a name in the folder that is opened: it goes with whoever has it open. */
export const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

/** flock(2) on an open descriptor; false when it would block and `LOCK_NB` was asked for. */
export function flock(fd: number, operation: number): boolean {
  const { errno, os } = koffi();
  if (libc().flock(fd, operation) === 0) return true;
  if (errno() === os.errno.EWOULDBLOCK || errno() === os.errno.EAGAIN) return false;
  throw systemError("flock", `descriptor ${fd}`);
}

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;

/** Flags of mount(2). */
export const MS = {
  rdonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  remount: 32,
  bind: 4096,
  rec: 16384,
  private: 1 << 18,
  slave: 1 << 19,
} as const;

export const MNT_DETACH = 2;

/** The kernel's 64-bit dev_t, as makedev(3) makes it; fits a double for every real device. */
export function deviceNumber(major: number, minor: number): number {
  const low = (minor & 0xff) | ((major & 0xfff) << 8);
  return low + (minor >>> 8) * 2 ** 20 + (major >>> 12) * 2 ** 44;
}

/** The inverse of `deviceNumber`: what `stat` gives as `rdev`. */
export function deviceParts(device: number): { readonly major: number; readonly minor: number } {
  const low = device % 2 ** 20;
  const middle = Math.floor(device / 2 ** 20) % 2 ** 24;
  const high = Math.floor(device / 2 ** 44);
  return { major: (low >>> 8) + high * 4096, minor: (low & 0xff) + middle * 256 };
}

const libc = lazy(() => {
  const library = koffi().load(null);
  const define = (signature: string): ((...args: readonly (Uint8Array | number)[]) => number) =>
    library.func(signature);
  return {
    mount: define(
      "int mount(const uint8_t *source, const uint8_t *target, const uint8_t *type, unsigned long flags, const uint8_t *data)",
    ),
    umount2: define("int umount2(const uint8_t *target, int flags)"),
    mknod: define("int mknod(const uint8_t *path, uint32_t mode, uint64_t dev)"),
    llistxattr: define("long llistxattr(const uint8_t *path, _Out_ uint8_t *list, size_t size)"),
    lgetxattr: define(
      "long lgetxattr(const uint8_t *path, const uint8_t *name, _Out_ uint8_t *value, size_t size)",
    ),
    lsetxattr: define(
      "int lsetxattr(const uint8_t *path, const uint8_t *name, const uint8_t *value, size_t size, int flags)",
    ),
    flock: define("int flock(int fd, int operation)"),
    linkat: define("int linkat(int from, const uint8_t *source, int to, const uint8_t *target, int flags)"),
    pipe2: define("int pipe2(_Out_ uint8_t *ends, int flags)"),
  };
});

function cstring(text: string): Buffer {
  return Buffer.concat([encodeName(text), Buffer.from([0])]);
}

function check(call: string, path: string, result: number): void {
  if (result !== 0) throw systemError(call, path);
}

/** Calls with a larger buffer until the value fits; undefined when there is none or no support. */
function grow(call: (buffer: Buffer) => number, path: string): Buffer | undefined {
  for (let size = 1024; ; size *= 8) {
    const buffer = Buffer.alloc(size);
    const length = call(buffer);
    if (length >= 0) return buffer.subarray(0, length);
    const code = errorName(koffi().errno());
    if (code === "ENODATA" || code === "EOPNOTSUPP" || code === "ENOTSUP") return undefined;
    if (code !== "ERANGE" || size > 1 << 20) throw systemError("xattr", path);
  }
}

function errorName(errno: number): string {
  const names = koffi().os.errno as Readonly<Record<string, number>>;
  return Object.keys(names).find((name) => names[name] === errno) ?? `errno ${errno}`;
}

/** The error of the system call that has just failed, in the form of Node's own. */
export function systemError(call: string, path: string): NodeJS.ErrnoException {
  const errno = koffi().errno();
  const code = errorName(errno);
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, errno: -errno, syscall: call, path });
}
