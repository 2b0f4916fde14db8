import { isIP } from "node:net";
import { type PortMapping, TareError } from "../api/index.ts";

/** `[ADDRESS:][PORT[-PORT]:]PORT[-PORT][/tcp|udp]`: one mapping for every port; without one of this machine any that is free. */
export function parsePorts(text: string): readonly PortMapping[] {
  const match =
    /^(?:(?:(?<address>\[[^\]]*\]|[^:[\]]+):)?(?<host>[\d-]*):)?(?<inside>[\d-]+)(?:\/(?<protocol>tcp|udp))?$/i.exec(
      text,
    );
  const { address, host = "", inside = "", protocol = "tcp" } = match?.groups ?? {};
  const plain = address?.replace(/^\[(.*)\]$/, "$1");
  // As for Docker, 0 is any port.
  const isAny = /^0*$/.test(host);
  const [own, theirs] = [isAny ? undefined : range(host), range(inside)];
  const isOdd = own !== undefined && theirs !== undefined && own.length !== theirs.length;
  if (!match || theirs === undefined || isOdd || (!isAny && own === undefined)) throw bad(text);
  if (plain !== undefined && isIP(plain) === 0) throw bad(text);
  return theirs.map((containerPort, index) => ({
    ...(plain !== undefined && { address: plain }),
    hostPort: own?.[index] ?? 0,
    containerPort,
    protocol: protocol.toLowerCase() as "tcp" | "udp",
  }));
}

const LAST = 65_535;

function range(text: string): readonly number[] | undefined {
  const [first = 0, last = first] = text.split("-", 2).map(Number);
  if (!/^\d+(-\d+)?$/.test(text) || first < 1 || last < first || last > LAST) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function bad(text: string): TareError {
  return new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --publish`, {
    hint: "write -p 8080:80, -p 127.0.0.1:8080:80 or -p 53:53/udp",
  });
}
