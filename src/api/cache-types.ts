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
  | ({ readonly type: "registry"; readonly ref: string } & CacheTargetOptions)
  | ({ readonly type: "local"; readonly dest: string; readonly tag?: string } & CacheTargetOptions)
  /** Into the image itself: what the layers of the image came of. */
  | { readonly type: "inline" };

export interface CacheTargetOptions {
  /** `min`, the default: the layers of the image. `max`: those of every step. */
  readonly mode?: "min" | "max";
  /** The build succeeds although the cache can not be written. */
  readonly ignoreError?: boolean;
}
