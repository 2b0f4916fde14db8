import { TareError } from "../base/index.ts";
import type { ForwardedPort } from "./forward.ts";
import type { PublishedPort } from "./private-network.ts";

/**
 * A datagram from this machine's loopback gets no answer by slirp4netns, which keeps the loopback closed; one from another
 * address does. So what is published at all addresses is so at each of `addresses`, and what comes to the loopback is passed
 * on as if it came from one of them. What is published at the loopback alone would stay without answers, because nobody else
 * may reach it: `environment-missing`.
 */
export function answeredDatagrams(
  ports: readonly PublishedPort[],
  addresses: readonly string[],
): { readonly ports: readonly PublishedPort[]; readonly relays: readonly ForwardedPort[] } {
  const lost = ports.find(({ protocol, address = "" }) => protocol === "udp" && address.startsWith("127."));
  if (lost)
    throw new TareError(
      "environment-missing",
      `slirp4netns loses the answers of a port that is published as ${lost.address}:${lost.hostPort}/udp`,
      { hint: "install passt, which has pasta, or publish the port without an address" },
    );
  const [own] = addresses;
  if (own === undefined) return { ports, relays: [] };
  const isOpen = ({ protocol, address = "0.0.0.0" }: PublishedPort) =>
    protocol === "udp" && address === "0.0.0.0";
  const relays = ports.filter(isOpen).map((port) => ({
    ...port,
    address: "127.0.0.1",
    containerPort: port.hostPort,
    host: own,
    from: own,
  }));
  const placed = ports.flatMap((port) =>
    isOpen(port) ? addresses.map((address) => ({ ...port, address })) : [port],
  );
  return { ports: placed, relays };
}
