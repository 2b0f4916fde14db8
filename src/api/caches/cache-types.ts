/** Where records of earlier builds come from: `--cache-from`. */
export type CacheSource =
  | {
      readonly type: "registry";
      /** A cache, or an image that was built with `inline`. */
      readonly ref: string;
    }
  | {
      readonly type: "local";
      /** A folder that `type=local` has written. */
      readonly src: string;
      /** Default: `latest`. */
      readonly tag?: string;
      /** Of a manifest; instead of a tag. */
      readonly digest?: string;
    };

/** Where the records of this build go: `--cache-to`. */
export type CacheTarget =
  | (CacheMountsTarget & {
      /** `min`, the default: the layers of the image. `max`: those of every step. */
      readonly mode?: "min" | "max";
    })
  /** Into the image itself: what the layers of the image came of. */
  | { readonly type: "inline" };

/** Where the content of cache mounts goes: `--cache-mounts-to`. */
export type CacheMountsTarget = (
  | { readonly type: "registry"; readonly ref: string }
  | {
      readonly type: "local";
      /** A folder, which is made when it is missing. */
      readonly dest: string;
      /** Default: `latest`. */
      readonly tag?: string;
    }
) & {
  /** The build succeeds although this can not be written. */
  readonly ignoreError?: boolean;
};
