import { arch } from "node:os";
import { buildImage, folder, isRoot } from "./harness.ts";

/** Whether all that can be composed is; it takes minutes. */
export const ALL = process.env.TARE_TEST_ALL === "1";

/**
 * Composing enters no namespace, so it can not differ between users: root composes everything. What differs is the
 * namespace that a container runs in, whatever the release and the runtime: an ordinary user runs one interpreter, and
 * the servers with accounts and folders of their own, of one release.
 */
export const RELEASES = isRoot || ALL ? [12, 13] : [13];

/** An architecture that is not this machine's. */
export const OTHER = arch() === "arm64" ? "amd64" : "arm64";

/** Composes `FROM tare/NAME` with what is written below it; gives a name to run it by. */
export async function compose(
  name: string,
  { steps = "", files = {}, platform }: Composition = {},
): Promise<{ readonly image: string; readonly id: string }> {
  const image = `recipe-test-${name.replace(":", "-")}${platform ? `-${platform}` : ""}`;
  using context = folder({ ...files, Dockerfile: `FROM tare/${name}\n${steps}` });
  const { result } = await buildImage({
    context: context.path,
    tags: [image],
    ...(platform && { platform: `linux/${platform}` }),
  });
  return { image, id: result.imageId as string };
}

interface Composition {
  readonly steps?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly platform?: string;
}

/** Runs as somebody who is not root. */
export const NONROOT = ["-u", "65532"];
