import { isIP } from "node:net";
import { added, TareError } from "../base/index.ts";
import type { WordsInstruction } from "../dockerfile/index.ts";
import { expandToWords } from "./expansion.ts";
import { goList } from "./go-format.ts";
import type { Converter } from "./stage.ts";
import { withGrown, withHistory } from "./state.ts";
import type { StageState } from "./types.ts";

/** EXPOSE: `[[ip:]hostPort:]port[-port][/tcp|udp|sctp]`; address and host port are checked and dropped. */
export function applyExpose(
  converter: Converter,
  state: StageState,
  { words }: WordsInstruction,
): StageState {
  const ports = words.flatMap((word) => expandToWords(converter, state, word)).flatMap(parsePortSpec);
  const ExposedPorts = ports.reduce((exposed, port) => added(exposed, port, {}), state.grown.ExposedPorts);
  return withHistory(withGrown(state, { ExposedPorts }), `EXPOSE ${goList(ports)}`, false);
}

/** The `port/protocol` names that one specification stands for. */
function parsePortSpec(spec: string): readonly string[] {
  const parts = spec.split(":");
  const container = parts.at(-1) as string;
  const hostPort = parts.at(-2) ?? "";
  const [portText = "", protocolText = "", ...more] = container.split("/");
  const protocol = protocolText === "" ? "tcp" : protocolText.toLowerCase();
  if (portText === "") throw bad(`no port specified: ${spec}<empty>`);
  if (more.length > 0 || !["tcp", "udp", "sctp"].includes(protocol))
    throw bad(`invalid proto: ${protocolText}`);
  checkAddress(parts.slice(0, -2).join(":"));
  const range = parseRange(portText, `invalid containerPort: ${portText}`);
  checkHostPort(hostPort, { range, portText });
  return Array.from(
    { length: range.end - range.start + 1 },
    (_, offset) => `${range.start + offset}/${protocol}`,
  );
}

interface PortRange {
  readonly start: number;
  readonly end: number;
}

function parseRange(text: string, message: string): PortRange {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const start = Number(match?.[1]);
  const end = Number(match?.[2] ?? match?.[1]);
  if (!match || start > 65535 || end > 65535 || end < start) throw bad(message);
  return { start, end };
}

function checkAddress(address: string): void {
  const plain = address.replace(/^\[(.*)\]$/, "$1");
  if (plain !== "" && isIP(plain) === 0) throw bad(`invalid IP address: ${address}`);
}

function checkHostPort(
  text: string,
  container: { readonly range: PortRange; readonly portText: string },
): void {
  if (text === "") return;
  const host = parseRange(text, `invalid hostPort: ${text}`);
  const sameLength = host.end - host.start === container.range.end - container.range.start;
  if (!sameLength && container.range.end !== container.range.start)
    throw bad(`invalid ranges specified for container and host Ports: ${container.portText} and ${text}`);
}

function bad(message: string): TareError {
  return new TareError("user-dockerfile-semantics", message, {
    hint: "write EXPOSE 8080, 8080/udp or 8000-8010/tcp",
  });
}
