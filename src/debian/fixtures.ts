import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { encodeTarHeader, TAR_END, type TarHeader, tarPadding } from "../archive/index.ts";
import { hexOf, sha256 } from "../base/index.ts";
import type { Mirror } from "./mirror.ts";

// What several tests of this folder build their repositories with.

/** An answer that is not the file itself; true when it has been given. */
export type Misbehaviour = (path: string, answer: ServerResponse, request: IncomingMessage) => boolean;

/** A web server on loopback with files by path, and the paths that it was asked for. */
export interface TestServer extends AsyncDisposable {
  readonly origin: string;
  readonly files: Map<string, Buffer>;
  readonly asked: string[];
  misbehave: Misbehaviour;
  close(): Promise<void>;
}

export async function serve(): Promise<TestServer> {
  const files = new Map<string, Buffer>();
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    const path = request.url ?? "";
    asked.push(path);
    if (test.misbehave(path, answer, request)) return;
    const bytes = files.get(path);
    answer.writeHead(bytes ? 200 : 404, { "content-length": bytes?.length ?? 0 });
    answer.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const test: TestServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    asked,
    misbehave: () => false,
    close,
    [Symbol.asyncDispose]: close,
  };
  return test;
}

/** A key pair of the test's own. */
export interface TestKey {
  /** Armored. */
  readonly publicKey: string;
  /** As `gpg --export` writes it. */
  readonly binaryKey: Uint8Array;
  readonly fingerprint: string;
  sign(text: string): Promise<string>;
}

export async function makeKey(): Promise<TestKey> {
  const { createCleartextMessage, generateKey, readKey, readPrivateKey, sign } = await import("openpgp");
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: "Tare's tests" }] });
  const signingKeys = await readPrivateKey({ armoredKey: privateKey });
  const key = await readKey({ armoredKey: publicKey });
  return {
    publicKey,
    binaryKey: key.write(),
    fingerprint: key.getFingerprint().toUpperCase(),
    sign: async (text) => sign({ message: await createCleartextMessage({ text }), signingKeys }),
  };
}

/** A package with one file, which holds its version, and others that are given. */
export async function makeDeb(
  name: string,
  version: string,
  members: readonly Uint8Array[] = [],
): Promise<Buffer> {
  return debOf({ name, version, data: [tarFile(`./usr/${name}`, version), ...members] });
}

/** What a package is made of. */
export interface DebContent {
  readonly name: string;
  /** Default: 1. */
  readonly version?: string;
  /** Further fields of its control file, which a Packages file repeats. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Scripts, md5sums and others beside the control file, by name. */
  readonly control?: Readonly<Record<string, string>>;
  /** Members of the data archive. */
  readonly data?: readonly Uint8Array[];
  /** Whether the data archive is compressed; default: false. */
  readonly xz?: boolean;
}

/** A package as dpkg-deb would build it. */
export async function debOf(content: DebContent): Promise<Buffer> {
  const { control = {}, data = [] } = content;
  const files = Object.entries(control).map(([name, text]) =>
    tarMember({ name: `./${name}`, mode: 0o755 }, text),
  );
  const stanza = tarFile("./control", formatStanza(stanzaOf(content)));
  const { xz } = await import("@napi-rs/lzma");
  const dataTar = Buffer.concat([...data, TAR_END]);
  return arOf([
    ["debian-binary", Buffer.from("2.0\n")],
    ["control.tar.xz", await xz.compress(Buffer.concat([stanza, ...files, TAR_END]))],
    content.xz ? ["data.tar.xz", await xz.compress(dataTar)] : ["data.tar", dataTar],
  ]);
}

function stanzaOf({ name, version = "1", fields }: DebContent): Readonly<Record<string, string>> {
  return { Package: name, Version: version, Architecture: "amd64", ...fields };
}

function formatStanza(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join("");
}

/** An ar archive as dpkg-deb writes it. */
export function arOf(members: readonly (readonly [string, Uint8Array])[]): Buffer {
  const parts = members.flatMap(([name, content]) => [
    Buffer.from(`${name.padEnd(16)}0           0     0     100644  ${String(content.length).padEnd(10)}\`\n`),
    content,
    Buffer.from(content.length % 2 === 1 ? "\n" : ""),
  ]);
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}

const OWNER = { uid: 0, gid: 0, uname: "", gname: "", mtime: 0, linkname: "" };

/** A member of a tar; without a type it is a directory when its name ends with a slash, else a file. */
export function tarMember(
  facts: Partial<TarHeader> & { readonly name: string },
  content: string | Uint8Array = "",
): Buffer {
  const bytes = Buffer.from(content);
  const isDirectory = facts.name.endsWith("/");
  const kind = { type: isDirectory ? "dir" : "file", mode: isDirectory ? 0o755 : 0o644 } as const;
  const header = encodeTarHeader({ ...OWNER, ...kind, size: bytes.length, ...facts });
  return Buffer.concat([header, bytes, tarPadding(bytes.length)]);
}

/** A file as a member of a tar. */
export function tarFile(name: string, content: string | Uint8Array): Buffer {
  return tarMember({ name }, content);
}

/** A symbolic link as a member of a tar. */
export function tarLink(name: string, linkname: string): Buffer {
  return tarMember({ name, type: "symlink", mode: 0o777, linkname });
}

/** Further fields of a package by `name=version`; just a name is version 1. */
export type Packages = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The stanzas of a Packages file; Size and SHA256 are of no package that there is unless they are given. */
export function packagesText(packages: Packages): string {
  const stanzas = Object.entries(packages).map(([key, fields]) => {
    const [name = "", version = "1"] = key.split("=");
    const facts = { Filename: `pool/${name}_${version}.deb`, Size: "1", SHA256: "0".repeat(64) };
    const all = { Package: name, Version: version, Architecture: "amd64", ...facts, ...fields };
    return formatStanza(all);
  });
  return stanzas.join("\n");
}

/** One suite of a repository. */
export interface SuiteContent {
  /** Path of the repository on the server. */
  readonly repository: string;
  readonly suite: string;
  readonly key: TestKey;
  readonly components: Readonly<Record<string, Packages>>;
  /** Packages with more in them than `components` gives them; in the component main. */
  readonly debs?: readonly DebContent[];
  /** Text of the Contents indexes by component and architecture: `main/Contents-amd64`. */
  readonly contents?: Readonly<Record<string, string>>;
  /** Further members of packages, by `name=version`. */
  readonly members?: Readonly<Record<string, readonly Uint8Array[]>>;
  /** Which ones have these packages; default: amd64. */
  readonly architectures?: readonly string[];
  /** Further lines of the Release file; without a Codename in them, it is the suite. */
  readonly release?: string;
  readonly byHash?: boolean;
}

/** Puts a signed suite onto a server, and its packages. */
export async function publishSuite(server: TestServer, content: SuiteContent): Promise<void> {
  const { repository, suite, key, release = "", byHash = false } = content;
  const base = `${repository}/dists/${suite}`;
  const lines: string[] = [];
  const line = (bytes: Uint8Array, path: string) => ` ${hexOf(sha256(bytes))} ${bytes.length} ${path}\n`;
  for (const { path, text, bytes } of await indexFiles(server, content)) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const name = byHash ? `${folder}/by-hash/SHA256/${hexOf(sha256(bytes))}` : path;
    server.files.set(`${base}/${name}`, bytes);
    // As everywhere, what is only there compressed is listed in both forms; apt looks for the plain one.
    lines.push(line(Buffer.from(text), path.replace(/\.\w+$/, "")), line(bytes, path));
  }
  const codename = /^Codename:/m.test(release) ? "" : `Codename: ${suite}\n`;
  const head = `${codename}${release}${byHash ? "Acquire-By-Hash: yes\n" : ""}SHA256:\n`;
  server.files.set(`${base}/InRelease`, Buffer.from(await key.sign(head + lines.join(""))));
}

async function indexFiles(
  server: TestServer,
  { repository, components, debs = [], contents = {}, members = {}, architectures = ["amd64"] }: SuiteContent,
): Promise<readonly { readonly path: string; readonly text: string; readonly bytes: Buffer }[]> {
  const { xz } = await import("@napi-rs/lzma");
  const files: { path: string; text: string; bytes: Buffer }[] = [];
  for (const [component, packages] of Object.entries(components)) {
    const stored: Record<string, Readonly<Record<string, string>>> = {};
    const put = (key: string, deb: Buffer, fields: Readonly<Record<string, string>>) => {
      const path = `pool/${key.replace("=", "_")}.deb`;
      server.files.set(`${repository}/${path}`, deb);
      const facts = { Filename: path, Size: String(deb.length), SHA256: hexOf(sha256(deb)) };
      stored[key] = { ...facts, ...fields };
    };
    for (const [key, fields] of Object.entries(packages)) {
      const [name = "", version = "1"] = key.split("=");
      put(`${name}=${version}`, await makeDeb(name, version, members[key]), fields);
    }
    for (const deb of component === "main" ? debs : [])
      put(`${deb.name}=${deb.version ?? "1"}`, await debOf(deb), stanzaOf(deb));
    const text = packagesText(stored);
    const bytes = await xz.compress(text);
    for (const architecture of architectures)
      files.push({ path: `${component}/binary-${architecture}/Packages.xz`, text, bytes });
  }
  for (const [path, text] of Object.entries(contents))
    files.push({ path: `${path}.gz`, text, bytes: gzipSync(text) });
  return files;
}

/** The three suites of a release, as a mirror has them. */
export interface SuiteOptions {
  readonly key: TestKey;
  /** Further lines of the Release files. */
  readonly release?: string;
  readonly byHash?: boolean;
  /** Further packages of the main suite. */
  readonly debs?: readonly DebContent[];
}

/** What a suite holds: versions by package. */
export type Suites = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const MAIN = "/debian/dists/trixie/main/binary-amd64/Packages.xz";
export const RELEASE = "/debian/dists/trixie/InRelease";

/** Fills a server with a signed release `trixie`: main archive, updates, security. */
export async function publish(server: TestServer, suites: Suites, options: SuiteOptions): Promise<Mirror> {
  for (const suite of ["trixie", "trixie-updates", "trixie-security"]) {
    const repository = suite === "trixie-security" ? "/debian-security" : "/debian";
    const versions = Object.entries(suites[suite] ?? {});
    const main = Object.fromEntries(versions.map(([name, version]) => [`${name}=${version}`, {}]));
    const { debs = [], ...rest } = options;
    const own = suite === "trixie" ? debs : [];
    await publishSuite(server, { ...rest, repository, suite, components: { main }, debs: own });
  }
  return { main: `${server.origin}/debian`, security: `${server.origin}/debian-security` };
}
