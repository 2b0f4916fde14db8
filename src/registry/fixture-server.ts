import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { collectBytes, type Digest, isDigest, sha256 } from "../base/index.ts";

/** What goes wrong with one answer. */
export type Fault =
  /** Another answer. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection breaks after so many bytes of the body; before the headers when it is negative. */
  | { readonly cutAfter: number }
  /** The connection ends in good order after so many bytes. */
  | { readonly shortTo: number }
  /** Pieces of so many bytes, with a pause after each. */
  | { readonly piece: number; readonly pause: number }
  /** Range is not understood. */
  | { readonly noRange: true };

export interface TestRegistryOptions {
  readonly auth?: "basic" | "bearer";
  /** Asked before every answer. */
  readonly fault?: (request: {
    readonly method: string;
    readonly path: string;
    readonly nth: number;
  }) => Fault | undefined;
  /** Whether it lists referrers; default true. */
  readonly referrers?: boolean;
  /** Most tags of a page. */
  readonly page?: number;
}

/** A registry on this machine, in memory, that does as it is told. User `user`, password `pass`. */
export interface TestRegistry extends AsyncDisposable {
  readonly host: string;
  /** `repository digest-or-tag` to bytes. */
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, { readonly bytes: Uint8Array; readonly type: string }>;
  /** `METHOD path status` of every exchange. */
  readonly log: string[];
  /** How many bytes of each blob were sent. */
  readonly sent: Map<string, number>;
  /** What was sent to let somebody in. */
  readonly authorizations: Set<string>;
}

export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const state: State = {
    ...options,
    blobs: new Map(),
    manifests: new Map(),
    uploads: new Map(),
    tokens: new Map(),
    log: [],
    sent: new Map(),
    authorizations: new Set(),
  };
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const method = request.method ?? "";
    const url = request.url ?? "";
    const path = url.split("?", 1)[0] ?? "";
    const { authorization } = request.headers;
    if (authorization !== undefined) state.authorizations.add(authorization);
    const nth = (counts.get(`${method} ${path}`) ?? 0) + 1;
    counts.set(`${method} ${path}`, nth);
    const fault = options.fault?.({ method, path, nth });
    void answerOf(state, request, fault)
      .then((answer) => {
        state.log.push(`${method} ${url} ${answer.status}`);
        return send(response, answer, { fault, head: method === "HEAD" });
      })
      .catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    blobs: state.blobs,
    manifests: state.manifests,
    log: state.log,
    sent: state.sent,
    authorizations: state.authorizations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface State extends TestRegistryOptions {
  readonly blobs: TestRegistry["blobs"];
  readonly manifests: TestRegistry["manifests"];
  readonly uploads: Map<string, Buffer>;
  readonly tokens: Map<string, readonly string[]>;
  readonly log: string[];
  readonly sent: TestRegistry["sent"];
  readonly authorizations: Set<string>;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

async function answerOf(state: State, request: IncomingMessage, fault: Fault | undefined): Promise<Answer> {
  if (fault && "cutAfter" in fault && fault.cutAfter < 0) throw new Error("cut");
  if (fault && "status" in fault)
    return { status: fault.status, headers: fault.headers ?? {}, body: Buffer.from(fault.body ?? "") };
  const url = new URL(request.url ?? "", `http://${request.headers.host}`);
  if (url.pathname === "/token") return token(state, request, url);
  const denied = deniedBy(state, request, url);
  if (denied) return denied;
  const [, repository = "", kind = "", rest = ""] =
    /^\/v2\/(.+?)\/(blobs|manifests|tags|referrers)\/(.*)$/.exec(url.pathname) ?? [];
  const body = await collectBytes(request);
  const asked: Asked = {
    repository,
    rest,
    url,
    method: request.method ?? "",
    headers: request.headers,
    body,
  };
  if (url.pathname === "/v2/") return { status: 200 };
  if (kind === "tags") return tags(state, asked);
  if (kind === "manifests") return manifest(state, asked);
  if (kind === "referrers") return referrers(state, asked);
  return rest.startsWith("uploads/") ? upload(state, asked) : blob(state, asked, fault);
}

interface Asked {
  readonly repository: string;
  readonly rest: string;
  readonly url: URL;
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function token({ tokens }: State, { headers }: IncomingMessage, { searchParams }: URL): Answer {
  const basic = `Basic ${Buffer.from("user:pass").toString("base64")}`;
  if (headers.authorization !== undefined && headers.authorization !== basic) return { status: 401 };
  const name = `token-${tokens.size}`;
  const scopes = searchParams.getAll("scope");
  tokens.set(name, headers.authorization ? scopes : scopes.filter((scope) => scope.endsWith(":pull")));
  return { status: 200, body: Buffer.from(JSON.stringify({ token: name })) };
}

function deniedBy(
  { auth, tokens }: State,
  { headers, method, url = "" }: IncomingMessage,
  { host }: URL,
): Answer | undefined {
  const given = headers.authorization ?? "";
  if (auth === "basic" && given !== `Basic ${Buffer.from("user:pass").toString("base64")}`)
    return { status: 401, headers: { "www-authenticate": 'Basic realm="test"' } };
  if (auth !== "bearer") return undefined;
  const scopes = tokens.get(given.replace(/^Bearer /, ""));
  const writes = method !== "GET" && method !== "HEAD";
  const enough =
    scopes?.some((scope) => url === "/v2/" || !writes || scope.includes("push")) ||
    (scopes && url === "/v2/");
  return enough
    ? undefined
    : { status: 401, headers: { "www-authenticate": `Bearer realm="http://${host}/token",service="test"` } };
}

function tags({ manifests, page = 100 }: State, { repository, url }: Asked): Answer {
  const all = [...manifests.keys()].flatMap((key) => {
    const [name, tag = ""] = key.split(" ");
    return name === repository && !isDigest(tag) ? [tag] : [];
  });
  if (all.length === 0) return refused(404, "NAME_UNKNOWN", "repository name not known to registry");
  const from = Number(url.searchParams.get("from") ?? 0);
  const more = from + page < all.length;
  const link = `</v2/${repository}/tags/list?from=${from + page}>; rel="next"`;
  const body = Buffer.from(JSON.stringify({ name: repository, tags: all.slice(from, from + page) }));
  return { status: 200, body, ...(more && { headers: { link } }) };
}

function manifest(
  { manifests, referrers: listed = true }: State,
  { repository, rest, method, headers, body }: Asked,
): Answer {
  const key = `${repository} ${rest}`;
  if (method === "PUT") {
    const stored = { bytes: body, type: headers["content-type"] ?? "" };
    manifests.set(key, stored);
    manifests.set(`${repository} ${sha256(body)}`, stored);
    const { subject } = JSON.parse(body.toString("utf8"));
    return {
      status: 201,
      headers: {
        "docker-content-digest": sha256(body),
        ...(subject && listed && { "oci-subject": subject.digest }),
      },
    };
  }
  const found = manifests.get(key);
  if (!found) return refused(404, "MANIFEST_UNKNOWN", "manifest unknown");
  if (method === "DELETE") return manifests.delete(key) ? { status: 202 } : { status: 404 };
  return {
    status: 200,
    headers: {
      "content-type": found.type,
      "docker-content-digest": isDigest(rest) ? rest : sha256(found.bytes),
    },
    body: found.bytes,
  };
}

function referrers({ manifests, referrers: listed = true }: State, { repository, rest }: Asked): Answer {
  if (!listed) return { status: 404 };
  const found = [...manifests].flatMap(([key, { bytes, type }]) => {
    const [name, digest = ""] = key.split(" ");
    const json = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (name !== repository || !isDigest(digest) || json.subject?.digest !== rest) return [];
    return [{ mediaType: type, digest, size: bytes.length, artifactType: json.artifactType }];
  });
  return { status: 200, body: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: found })) };
}

function blob(
  { blobs, sent }: State,
  { repository, rest, method, headers }: Asked,
  fault: Fault | undefined,
): Answer {
  const bytes = blobs.get(`${repository} ${rest}`);
  if (!bytes) return refused(404, "BLOB_UNKNOWN", "blob unknown to registry");
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "");
  const isWhole = !range || (fault && "noRange" in fault);
  const body = isWhole ? bytes : bytes.subarray(Number(range[1]), Number(range[2]) + 1);
  if (method !== "HEAD") sent.set(rest, (sent.get(rest) ?? 0) + body.length);
  if (isWhole || method === "HEAD") return { status: 200, body: bytes };
  return { status: 206, headers: { "content-range": `bytes ${range[1]}-${range[2]}/${bytes.length}` }, body };
}

function upload({ blobs, uploads }: State, { repository, rest, url, method, body, headers }: Asked): Answer {
  const id = rest.slice("uploads/".length);
  if (method === "POST") {
    const mounted = blobs.get(`${url.searchParams.get("from")} ${url.searchParams.get("mount")}`);
    if (mounted) {
      blobs.set(`${repository} ${url.searchParams.get("mount")}`, mounted);
      return { status: 201 };
    }
    const name = `u${uploads.size}`;
    uploads.set(name, Buffer.alloc(0));
    return { status: 202, headers: { location: `/v2/${repository}/blobs/uploads/${name}?state=1` } };
  }
  const known = uploads.get(id);
  if (!known) return refused(404, "BLOB_UPLOAD_UNKNOWN", "upload unknown");
  const location = { location: `/v2/${repository}/blobs/uploads/${id}?state=2` };
  if (method === "GET")
    return { status: 204, headers: { ...location, range: `0-${Math.max(0, known.length - 1)}` } };
  const start = /^(\d+)-/.exec(headers["content-range"] ?? "")?.[1];
  if (start !== undefined && Number(start) !== known.length) return { status: 416 };
  const bytes = Buffer.concat([known, body]);
  uploads.set(id, bytes);
  if (method === "PATCH") return { status: 202, headers: { ...location, range: `0-${bytes.length - 1}` } };
  const digest = url.searchParams.get("digest") as Digest;
  if (sha256(bytes) !== digest)
    return refused(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  blobs.set(`${repository} ${digest}`, bytes);
  return { status: 201 };
}

function refused(status: number, code: string, message: string): Answer {
  return { status, body: Buffer.from(JSON.stringify({ errors: [{ code, message }] })) };
}

async function send(
  response: ServerResponse,
  { status, headers = {}, body = new Uint8Array() }: Answer,
  { fault, head }: { readonly fault: Fault | undefined; readonly head: boolean },
): Promise<void> {
  const short = fault && "shortTo" in fault;
  response.writeHead(status, {
    ...headers,
    ...(!short && status !== 204 && { "content-length": body.length }),
  });
  if (head) return void response.end();
  if (fault && "cutAfter" in fault) {
    response.write(body.subarray(0, fault.cutAfter));
    await sleep(20);
    response.socket?.destroy();
    return;
  }
  if (fault && "piece" in fault)
    for (let at = 0; at < body.length; at += fault.piece) {
      response.write(body.subarray(at, at + fault.piece));
      await sleep(fault.pause);
      if (response.destroyed) return;
    }
  else response.write(short ? body.subarray(0, fault.shortTo) : body);
  response.end();
}
