import type { ImageConfig, Platform, RuntimeConfig } from "../oci/index.ts";
import { formatRecipe } from "./reference.ts";
import type { Recipe } from "./types.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Where the certificates are that `trust: {bundle: true}` collects. */
const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/** The config of the composed image, which is known without composing it; its layers are not among it. */
export function recipeImageConfig(recipe: Recipe, platform: Platform): ImageConfig {
  return {
    ...platform,
    config: runtimeConfig(recipe),
    rootfs: { type: "layers", diff_ids: [] },
    history: [
      {
        created_by: `tare compose ${formatRecipe(recipe)}`,
        comment: "composed from signed Debian packages",
      },
    ],
  };
}

function runtimeConfig({ config, trust }: Recipe): RuntimeConfig {
  const { user, workdir, entrypoint, cmd, labels, ports, volumes, stopSignal } = config;
  const environment = { PATH, ...(trust.bundle && { SSL_CERT_FILE: CA_BUNDLE }), ...config.environment };
  return {
    ...(user !== undefined && { User: user }),
    ...(ports.length > 0 && { ExposedPorts: emptyOf(ports) }),
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(entrypoint && { Entrypoint: entrypoint }),
    ...(cmd && { Cmd: cmd }),
    ...(volumes.length > 0 && { Volumes: emptyOf(volumes) }),
    ...(workdir !== undefined && { WorkingDir: workdir }),
    ...(Object.keys(labels).length > 0 && { Labels: labels }),
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
  };
}

function emptyOf(names: readonly string[]): Readonly<Record<string, Record<string, never>>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
