import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { TareError } from "../base/index.ts";
import type { HttpHints } from "../net/index.ts";

/** What errors of the registry tell the user to do. */
export const NPM_HINTS: HttpHints = {
  unreachable: "check the network, proxies (https_proxy) and the registry (npm config get registry)",
  refused: (_url, status) =>
    status === 404
      ? "check the package's name, and whether the registry has it (npm config get registry)"
      : "try another registry: npm config set registry ADDRESS",
};

/**
 * The registry's address, without a slash at the end: what npm itself uses, by its variables and its settings.
 * `environment-missing` when there is no npm to ask.
 */
export async function findNpmRegistry(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = environment.NPM_CONFIG_REGISTRY ?? environment.npm_config_registry;
  return (given || (await askNpm(environment))).replace(/\/+$/, "");
}

async function askNpm(environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("npm", ["config", "get", "registry"], {
      env: { ...environment },
      cwd: "/",
    });
    return stdout.trim();
  } catch (error) {
    throw new TareError("environment-missing", "npm can not be asked which registry to use", {
      hint: "install npm, or set NPM_CONFIG_REGISTRY to the registry's address",
      cause: error,
    });
  }
}
