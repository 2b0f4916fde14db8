import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readIfExists, TareError } from "../base/index.ts";
import { parseStanzas } from "../text/index.ts";

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
 * the default. The security archive of a given mirror is beside it, as on most mirrors. `user-bad-flag` when the
 * given one is not a web address.
 */
export async function findMirror(given: string | undefined, etc = "/etc/apt"): Promise<Mirror> {
  if (given !== undefined) return mirrorAt(given);
  const sources = (await readSources(etc)).filter(({ suite }) => DEBIAN_SUITE.test(suite));
  const mains = sources.filter(({ uri, suite }) => /\/debian\/?$/.test(uri) && !suite.includes("security"));
  // Others publish for Debian's suites under such names too, but only Debian has updates of them.
  const main = mains.find(({ suite }) => suite.endsWith("-updates")) ?? mains[0];
  const security = sources.find(({ suite }) => suite.endsWith("-security"));
  if (!main) return DEFAULT;
  return {
    main: trim(main.uri),
    security: security ? trim(security.uri) : besides(trim(main.uri)),
  };
}

const DEBIAN_SUITE =
  /^(?:bookworm|trixie|forky|bullseye|stable|oldstable|testing|unstable|sid)(?:-(?:updates|security|backports))?$/;

function mirrorAt(given: string): Mirror {
  const main = trim(given);
  const url = URL.canParse(main) ? new URL(main) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new TareError("user-bad-flag", `the Debian mirror ${JSON.stringify(given)} is not a web address`, {
      hint: `give it as --debian-mirror ${DEFAULT.main}`,
    });
  return { main, security: besides(main) };
}

function besides(main: string): string {
  return main.endsWith("/debian") ? `${main}-security` : new URL("/debian-security", main).href;
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
        !DISABLED.has((stanza.get("Enabled") ?? "yes").toLowerCase()) &&
        words(stanza.get("Components")).includes("main"),
    )
    .flatMap((stanza) =>
      words(stanza.get("URIs")).flatMap((uri) =>
        words(stanza.get("Suites")).map((suite) => ({ uri, suite })),
      ),
    );
}

/** Whatever apt takes for no. */
const DISABLED: ReadonlySet<string> = new Set(["no", "false", "without", "off", "disable", "0"]);

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
