import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeTarHeader, TAR_END, tarPadding } from "../archive/index.ts";
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
  readonly publicKey: string;
  sign(text: string): Promise<string>;
}

export async function makeKey(): Promise<TestKey> {
  const { createCleartextMessage, generateKey, readPrivateKey, sign } = await import("openpgp");
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: "Tare's tests" }] });
  const signingKeys = await readPrivateKey({ armoredKey: privateKey });
  return {
    publicKey,
    sign: async (text) => sign({ message: await createCleartextMessage({ text }), signingKeys }),
  };
}

/** A package with one file, which holds its version. */
export async function makeDeb(name: string, version: string): Promise<Buffer> {
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\n`;
  const [controlTar, dataTar] = [oneFile("./control", control), oneFile(`./usr/${name}`, version)];
  const { xz } = await import("@napi-rs/lzma");
  return arOf([
    ["debian-binary", Buffer.from("2.0\n")],
    ["control.tar.xz", await xz.compress(controlTar)],
    ["data.tar", dataTar],
  ]);
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

function oneFile(name: string, text: string): Buffer {
  const owner = { uid: 0, gid: 0, uname: "", gname: "", mtime: 0, linkname: "" };
  const header = encodeTarHeader({
    ...owner,
    name,
    type: "file",
    mode: 0o644,
    size: Buffer.byteLength(text),
  });
  return Buffer.concat([header, Buffer.from(text), tarPadding(Buffer.byteLength(text)), TAR_END]);
}

/** The three suites of a release, as a mirror has them. */
export interface SuiteOptions {
  readonly key: TestKey;
  /** Further lines of the Release files. */
  readonly release?: string;
  readonly byHash?: boolean;
}

/** What a suite holds: versions by package. */
export type Suites = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const MAIN = "/debian/dists/trixie/main/binary-amd64/Packages.xz";
export const RELEASE = "/debian/dists/trixie/InRelease";

/** Fills a server with a signed release `trixie`: main archive, updates, security. */
export async function publish(
  server: TestServer,
  suites: Suites,
  { key, release = "", byHash = false }: SuiteOptions,
): Promise<Mirror> {
  const { xz } = await import("@napi-rs/lzma");
  for (const suite of ["trixie", "trixie-updates", "trixie-security"]) {
    const repository = suite === "trixie-security" ? "/debian-security" : "/debian";
    const base = `${repository}/dists/${suite}`;
    const stanzas: string[] = [];
    for (const [name, version] of Object.entries(suites[suite] ?? {})) {
      const deb = await makeDeb(name, version);
      const path = `pool/${name}_${version}.deb`;
      server.files.set(`${repository}/${path}`, deb);
      const facts = `Filename: ${path}\nSize: ${deb.length}\nSHA256: ${hexOf(sha256(deb))}\n`;
      stanzas.push(`Package: ${name}\nVersion: ${version}\nArchitecture: amd64\n${facts}`);
    }
    const packages = await xz.compress(stanzas.join("\n"));
    const hex = hexOf(sha256(packages));
    const folder = "main/binary-amd64";
    server.files.set(`${base}/${folder}/${byHash ? `by-hash/SHA256/${hex}` : "Packages.xz"}`, packages);
    const lines = `Codename: ${suite}\n${release}${byHash ? "Acquire-By-Hash: yes\n" : ""}SHA256:\n`;
    const text = `${lines} ${hex} ${packages.length} ${folder}/Packages.xz\n`;
    server.files.set(`${base}/InRelease`, Buffer.from(await key.sign(text)));
  }
  return { main: `${server.origin}/debian`, security: `${server.origin}/debian-security` };
}
