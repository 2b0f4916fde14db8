import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readIfExists } from "../base/index.ts";
import { parseStanzas } from "./control.ts";

/** Where packages come from. */
export interface Mirror {
  /** Base address of the main archive, without a slash at the end. */
  readonly main: string;
  readonly security: string;
}

const DEFAULT: Mirror = {
  main: "http://ftp.debian.org/debian",
  security: "http://ftp.debian.org/debian-security",
};

/**
 * The mirror to use: the given one, else the one of this host's own apt sources when it is a Debian system, else
 * the default. The security archive of a given mirror is beside it, as on most mirrors.
 */
export async function findMirror(given: string | undefined, etc = "/etc/apt"): Promise<Mirror> {
  if (given !== undefined) {
    const main = given.replace(/\/+$/, "");
    return { main, security: main.replace(/\/debian$/, "/debian-security") };
  }
  const sources = await readSources(etc);
  const main = sources.find(({ uri, suite }) => /\/debian\/?$/.test(uri) && !suite.includes("security"));
  const security = sources.find(({ suite }) => suite.endsWith("-security"));
  if (!main) return DEFAULT;
  return {
    main: trim(main.uri),
    security: security ? trim(security.uri) : trim(main.uri).replace(/\/debian$/, "/debian-security"),
  };
}

interface Source {
  readonly uri: string;
  readonly suite: string;
}

async function readSources(etc: string): Promise<readonly Source[]> {
  const names = await readdir(join(etc, "sources.list.d")).catch(() => []);
  const files = [join(etc, "sources.list"), ...names.sort().map((name) => join(etc, "sources.list.d", name))];
  const found = await Promise.all(files.map(readSourceFile));
  return found.flat().filter(({ uri }) => /^https?:\/\//.test(uri));
}

async function readSourceFile(path: string): Promise<readonly Source[]> {
  const text = (await readIfExists(path))?.toString("utf8") ?? "";
  if (path.endsWith(".sources")) return deb822Sources(text);
  return path.endsWith(".list") ? listSources(text) : [];
}

/** sources.list(5), deb822 style. */
function deb822Sources(text: string): readonly Source[] {
  return parseStanzas(text)
    .filter(
      (stanza) =>
        words(stanza.get("Types")).includes("deb") &&
        stanza.get("Enabled") !== "no" &&
        words(stanza.get("Components")).includes("main"),
    )
    .flatMap((stanza) =>
      words(stanza.get("URIs")).flatMap((uri) =>
        words(stanza.get("Suites")).map((suite) => ({ uri, suite })),
      ),
    );
}

/** sources.list(5), one line style: `deb [options] uri suite component…`. */
function listSources(text: string): readonly Source[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
    return match && words(match[3]).includes("main")
      ? [{ uri: match[1] as string, suite: match[2] as string }]
      : [];
  });
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(/\s+/).filter(Boolean);
}

function trim(uri: string): string {
  return uri.replace(/\/+$/, "");
}
