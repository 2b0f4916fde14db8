import { BlockList, isIP } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy, as a variable of the environment names it. */
export interface Proxy {
  readonly url: URL;
  /** The variable, for messages. */
  readonly variable: string;
}

/** Which proxy an address is reached through; undefined for none. `ProxyFault` when a variable names none. */
export type ProxyOf = (url: URL) => Proxy | undefined;

/** What a proxy refused, or what is wrong with the variable that names it; trying again mostly does not help. */
export class ProxyFault extends Error {
  readonly hint: string;
  readonly retryable: boolean;

  constructor(
    message: string,
    {
      hint,
      retryable = false,
      cause,
    }: { readonly hint: string; readonly retryable?: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause });
    this.hint = hint;
    this.retryable = retryable;
  }
}

/** The bytes of a name or a password in an address. A percent sign that nobody has encoded is one all the same. */
export function percentDecoded(text: string): Buffer {
  const plain = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, "latin1");
}

/**
 * Reads `http_proxy`, `https_proxy` and `no_proxy`, or their names in capitals, as Docker and other programs in Go do: a
 * proxy without a scheme is one of HTTP; `no_proxy` lists names (with those below them; with a dot in front only those),
 * addresses, networks, each perhaps with a port, and `*` for everybody.
 */
export function proxiesOf(environment: Environment): ProxyOf {
  const value = (name: string) => environment[name] || environment[name.toUpperCase()];
  const exempt = (value("no_proxy") ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return (url) => {
    const variable = url.protocol === "https:" ? "https_proxy" : "http_proxy";
    const text = value(variable);
    if (!text || exempt.some((entry) => matches(entry, url))) return undefined;
    return { url: parsed(text, variable), variable };
  };
}

const SCHEMES: readonly string[] = ["http:", "https:", "socks5:"];

function parsed(text: string, variable: string): URL {
  const whole = (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`).replace(
    /^socks5h:/i,
    "socks5:",
  );
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url && SCHEMES.includes(url.protocol) && url.hostname !== "") return url;
  throw new ProxyFault(`${variable} names no proxy`, { hint: `write http://HOST:PORT into ${variable}` });
}

function matches(entry: string, url: URL): boolean {
  if (entry === "*") return true;
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const [, network = "", prefix] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (prefix !== undefined) return family !== 0 && isIn(host, network, Number(prefix));
  const [, bracketed, plain = "", port] = /^(?:\[(.*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain;
  if (port !== undefined && port !== (url.port || (url.protocol === "https:" ? "443" : "80"))) return false;
  if (family !== 0) return name === host;
  const below = name.replace(/^\*?\./, "");
  return host.endsWith(`.${below}`) || (below === name && host === name);
}

function isIn(address: string, network: string, prefix: number): boolean {
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(network) === 0 || isIP(network) !== isIP(address) || prefix > (family === "ipv6" ? 128 : 32))
    return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(address, family);
}
