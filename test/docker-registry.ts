import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { folder } from "./harness.ts";

export interface DockerRegistry extends AsyncDisposable {
  readonly host: string;
  /** Its certificate, with `tls`. */
  readonly certificate: string;
  stop(): Promise<void>;
}

/** Of `user` with the password `pass`, as htpasswd(1) writes it with -B. */
const HTPASSWD = "user:$2b$05$abcdefghijklmnopqrstuuZFBUbfXoM8LFiPx8LYlO/sXZB/Cwk3K\n";

/** Debian's registry, empty, on this machine until it is disposed. */
export async function startDockerRegistry({ secure }: { readonly secure: boolean }): Promise<DockerRegistry> {
  const place = folder({ htpasswd: HTPASSWD });
  const at = (name: string) => join(place.path, name);
  const host = `localhost:${await freePort()}`;
  if (secure) makeCertificate(at("cert.pem"), at("key.pem"));
  const tls = { certificate: at("cert.pem"), key: at("key.pem") };
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: at("data") }, delete: { enabled: true } },
    http: { addr: host, ...(secure && { tls }) },
    ...(secure && { auth: { htpasswd: { realm: "test", path: at("htpasswd") } } }),
  };
  // YAML is a superset of JSON.
  writeFileSync(at("config.yml"), JSON.stringify(config));
  const server = spawn("docker-registry", ["serve", at("config.yml")], { stdio: "ignore" });
  await answering(host, server);
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await new Promise((resolve) => server.once("exit", resolve));
  };
  return {
    host,
    certificate: at("cert.pem"),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      place[Symbol.dispose]();
    },
  };
}

function makeCertificate(certificate: string, key: string): void {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const keys = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...keys, ...subject], { stdio: "ignore" });
}

async function answering(host: string, server: ChildProcess): Promise<void> {
  const [name, port] = host.split(":");
  const { connect } = await import("node:net");
  for (let tries = 0; tries < 200; tries++) {
    if (server.exitCode !== null) break;
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), name);
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error("docker-registry does not start");
}
