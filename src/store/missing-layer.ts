import { TareError } from "../base/index.ts";
import type { ImageRecord } from "./types.ts";

/**
 * A layer of an image is not in the store, was damaged and counts as missing, or stayed in its registry; with how to have
 * the image whole.
 */
export function missingLayer(name: string, { promised }: Pick<ImageRecord, "promised">): TareError {
  const isName = !/^(?:sha256:)?[0-9a-f]{12,64}$/.test(name);
  if (promised)
    return new TareError(
      "integrity-store",
      `image ${name} is not whole: layers that no build has read stayed in their registry`,
      {
        hint: `\`tare pull ${isName ? name : "NAME"}\` fetches what is missing`,
      },
    );
  return new TareError(
    "integrity-store",
    `a layer of image ${name} is missing in the store, or was damaged`,
    {
      hint: isName
        ? `make it anew: tare build -t ${name} FOLDER, or tare pull ${name} if it came from a registry`
        : "make it anew: build the image again, or pull it if it came from a registry",
    },
  );
}
