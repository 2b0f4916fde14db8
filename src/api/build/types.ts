import type { Annotation } from "../../oci/index.ts";
import type { LayerGrouping } from "../../recipe/index.ts";
import type { SbomFormat } from "../../sbom/index.ts";
import type { CacheMountsTarget, CacheSource, CacheTarget } from "../caches/cache-types.ts";
import type { SecretSource } from "./secrets.ts";

/** What `build` is asked for: the flags of `tare build`, parsed. */
export interface BuildRequest {
  /** The context: a folder, or `-` with `stdin` holding a tar archive or a Dockerfile. */
  readonly context: string;
  /** Path of the Dockerfile, `-` for stdin; default `Dockerfile` in the context. */
  readonly dockerfile?: string;
  readonly target?: string;
  /** Values of build arguments; undefined takes the value from `environment`, as `--build-arg K` does. */
  readonly buildArgs?: Readonly<Record<string, string | undefined>>;
  /** Named contexts: `recipe://debian:13`, a folder, `oci-layout://…`. */
  readonly buildContexts?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** What manifests and indexes say besides, in every output and under every name. */
  readonly annotations?: readonly Annotation[];
  /** `linux/arm64`, or several, `linux/amd64,linux/arm64`, which make an index; default this machine's. */
  readonly platform?: string;
  readonly noCache?: boolean;
  /** Stages, by name or number, whose steps run whatever is known of them. */
  readonly noCacheStages?: readonly string[];
  /** Secrets for `RUN --mount=type=secret`, by id. Never in the image, its history, a cache key or a log. */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  /**
   * For `RUN --mount=type=ssh`, by id: the socket of an agent, or files of private keys without a passphrase; none is
   * `environment.SSH_AUTH_SOCK`.
   */
  readonly ssh?: Readonly<Record<string, readonly string[]>>;
  /** The network of RUN where it does not say otherwise; default the host's. */
  readonly network?: "host" | "none" | "private";
  /** What steps may ask for beyond their sandbox. */
  readonly allow?: readonly "security.insecure"[];
  /** More lines of /etc/hosts for RUN, `name=address`. */
  readonly hosts?: readonly string[];
  /** Bytes of /dev/shm for RUN. */
  readonly shmSize?: number;
  /** Limits of RUN's processes, `nofile=1024:2048`. */
  readonly ulimits?: readonly string[];
  /** Resolve bases anew even when the store has them. */
  readonly pull?: boolean;
  /** Compose bases even when the store has them, of packages that may be cached. `noCache` leaves bases alone. */
  readonly composeAnew?: boolean;
  /** Which packages of a composed base share a layer; default: as its recipe says. */
  readonly baseLayers?: LayerGrouping;
  readonly outputs?: readonly OutputRequest[];
  /** Caches of other machines to take results from; the first that has one is taken. One that can not be read is a notice. */
  readonly cacheFrom?: readonly CacheSource[];
  /** Where the results of this build are written for other machines, when it has succeeded. */
  readonly cacheTo?: readonly CacheTarget[];
  /** What other machines had in the cache mounts of steps; a mount that this store has stays as it is. */
  readonly cacheMountsFrom?: readonly CacheSource[];
  /** Where the content of this build's cache mounts is written. */
  readonly cacheMountsTo?: readonly CacheMountsTarget[];
  /** Documents of what is in the image, attached to it in outputs of type `oci` and `registry`; default none. */
  readonly sbom?: readonly SbomFormat[];
  /** What made each layer, attached to the image in outputs of type `oci`; default none. */
  readonly provenance?: ProvenanceMode;
  readonly hostCa?: "auto" | "off";
  readonly isolation?: "auto" | "oci" | "chroot";
  readonly debianMirror?: string;
  /** Path of the settings; default TARE_CONFIG of `environment`, else `tare.yaml` in the context's folder. */
  readonly config?: string;
  /** Folder of the store; default from TARE_ROOT, XDG_DATA_HOME, the user. */
  readonly root?: string;
  /** Seconds since 1970: clamps every time in the image. */
  readonly sourceDateEpoch?: number;
  /** The environment that `--build-arg K` and the proxy arguments read; default none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** `-o type=…,dest=…`. */
export interface OutputRequest {
  /** `registry` puts the image into the registries that its names say; it is in the store as well. */
  readonly type: "oci" | "docker" | "tar" | "local" | "image" | "registry";
  /** `image` and `registry`: further names; `registry` pushes these alone, without any all tags of the request. */
  readonly names?: readonly string[];
  /** A path; `-` is standard output. */
  readonly dest?: string;
  /** `oci` and `docker`: one tar file (the default) or a folder. */
  readonly tar?: boolean;
  /** Besides those of the request: in this output, and of `image` and `registry` under every name. */
  readonly annotations?: readonly Annotation[];
  /** `local` and `tar`: a folder for each platform, `linux_amd64/`; default where there are several. */
  readonly platformSplit?: boolean;
  /** `estargz`: the layers that this build makes have tables of contents, wherever the image goes; not with `type` `tar` and `local`. */
  readonly compression?: "gzip" | "uncompressed" | "estargz";
  readonly compressionLevel?: number;
}

/** How much a statement of provenance says: `max` has the Dockerfile's text and the build arguments, too. */
export type ProvenanceMode = "min" | "max";
