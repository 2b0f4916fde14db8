import { defined } from "../base/index.ts";
import { isSecretName } from "../dockerfile/index.ts";
import { formatPlatform, type ImageConfig } from "../oci/index.ts";
import { findSecret, withoutSecrets } from "../text/index.ts";
import type { AnalysedUser, ConfigSecret, ImageFacts, LayerHistory } from "./types.ts";

/** What the config of an image tells; `users` say which of them is root. */
export function imageFacts(
  config: ImageConfig,
  {
    name,
    id,
    users,
  }: { readonly name: string; readonly id: string; readonly users: readonly AnalysedUser[] },
): ImageFacts {
  const { created, config: runtime = {}, os, architecture, variant } = config;
  return {
    name,
    id,
    platform: formatPlatform({ os, architecture, ...defined({ variant }) }),
    ...defined({ created }),
    user: runtime.User ?? "",
    isRoot: isRoot(runtime.User ?? "", users),
    ports: Object.keys(runtime.ExposedPorts ?? {}).sort(),
    volumes: Object.keys(runtime.Volumes ?? {}).sort(),
    entrypoint: runtime.Entrypoint ?? [],
    command: runtime.Cmd ?? [],
    workingDirectory: runtime.WorkingDir || "/",
    hasHealthcheck: (runtime.Healthcheck?.Test ?? ["NONE"])[0] !== "NONE",
    environment: (runtime.Env ?? []).map((pair) => pair.split("=", 1)[0] as string),
    secrets: configSecrets(config),
    history: layerHistory(config),
  };
}

/** Nobody is root, as the kernel counts; a name that `etc/passwd` does not have is no user at all. */
function isRoot(user: string, users: readonly AnalysedUser[]): boolean {
  const [name = ""] = user.split(":");
  if (name === "") return true;
  if (/^\d+$/.test(name)) return Number(name) === 0;
  return (users.find((one) => one.name === name)?.uid ?? (name === "root" ? 0 : 1)) === 0;
}

/** The history of those steps that have made layers, in their order (OCI image-spec, config.md, "history"). */
function layerHistory({ history = [], rootfs }: ImageConfig): readonly LayerHistory[] {
  const steps = history.filter(({ empty_layer: isEmpty }) => isEmpty !== true);
  return rootfs.diff_ids.map((diffId, at) => {
    const { created_by: createdBy = "", comment, created } = steps[at] ?? {};
    return {
      createdBy: withoutSecrets(createdBy),
      ...defined({ comment: comment || undefined, created }),
      diffId,
    };
  });
}

function configSecrets({ config = {}, history = [] }: ImageConfig): readonly ConfigSecret[] {
  const texts = [
    ...(config.Env ?? []).map((pair) => ({
      where: `environment variable ${pair.split("=", 1)[0]}`,
      text: pair,
      named: [pair],
    })),
    ...Object.entries(config.Labels ?? {}).map(([key, text]) => ({ where: `label ${key}`, text, named: [] })),
    ...history.map(({ created_by: text = "" }, at) => ({
      where: `history line ${at + 1}`,
      text,
      named: buildArguments(text),
    })),
  ];
  return texts.flatMap(({ where, text, named }) => {
    const what =
      findSecret(text) ?? (named.some(isNamedSecret) ? "a value under the name of a secret" : undefined);
    return what === undefined ? [] : [{ where, what }];
  });
}

/** `|2 TOKEN=x MODE=y /bin/sh -c make`: builders write down what a RUN was given. */
function buildArguments(createdBy: string): readonly string[] {
  const given = /^(?:RUN )?\|\d+ (.*?) \/\S+ -c /s.exec(createdBy)?.[1] ?? "";
  return given.split(" ").filter((word) => /^[A-Za-z_]\w*=/.test(word));
}

/** `NAME=value` of which the name says that the value is secret, and the value does not say that it is none. */
function isNamedSecret(pair: string): boolean {
  const [name = "", ...rest] = pair.split("=");
  const value = rest.join("=");
  const isPublic = /GPG|FINGERPRINT/i.test(name) || /^[0-9A-F]{40}$/i.test(value);
  return isSecretName(name) && !isPublic && !HARMLESS.test(value);
}

/** Nothing, numbers and words that switch something, places where a secret is, names of other variables. */
const HARMLESS = /^$|^\d{1,5}$|^(?:true|false|yes|no|on|off|none|null)$|^[./~]|^\$|^[a-z]+:\/\/[^@]*$/i;
