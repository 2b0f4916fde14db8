import { TareError } from "../base/index.ts";

/** A layer of an image is not in the store, or was damaged and counts as missing; with how to have the image whole again. */
export function missingLayer(name: string): TareError {
  const isName = !/^(?:sha256:)?[0-9a-f]{12,64}$/.test(name);
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
