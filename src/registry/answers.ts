import { TareError } from "../base/index.ts";
import { type HttpAnswer, waitAsked } from "../net/index.ts";
import { statedAddresses } from "../oci/index.ts";
import { oneLine } from "../text/index.ts";
import type { RegistryAnswer } from "./types.ts";

/** Of an answer that no registry gives: a web site, a proxy or a page to log in to may have given it. */
export const NO_REGISTRY = "this is not what a registry answers: check the name and proxies";

/** The whole body of an answer; `registry-refused` when it is longer than `limit` bytes. */
export async function readAnswer(
  { body }: Pick<HttpAnswer, "body">,
  { limit, what }: { readonly limit: number; readonly what: string },
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > limit)
      throw new TareError("registry-refused", `${what} is longer than ${limit} bytes`, {
        hint: NO_REGISTRY,
      });
  }
  return Buffer.concat(parts);
}

/** The address that an answer's header gives, made whole. `registry-refused` when there is none. */
export function addressIn(answer: RegistryAnswer, location: string | undefined): string {
  if (location !== undefined && location.length < LONGEST && URL.canParse(location, answer.url)) {
    const url = new URL(location, answer.url);
    if (/^https?:$/.test(url.protocol)) return url.href;
  }
  throw new TareError("registry-refused", `${answer.url}: the answer does not say where to go on`, {
    hint: "ask who runs the registry",
  });
}

const LONGEST = 16_384;

/** A header's one value. */
export function headerOf({ headers }: Pick<HttpAnswer, "headers">, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** An object of JSON; undefined for anything else. */
export function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What a registry refused, as an error (OCI distribution-spec, "Error Codes"): `resolve-image` for 404, else
 * `registry-refused`; `retryable` as the status and Retry-After say. `what` is what was asked for.
 */
export async function refusedBy(answer: HttpAnswer, what: string): Promise<TareError> {
  const { status } = answer;
  const said = await saidBy(answer).catch(() => "");
  const message = `${what}: ${TEXTS[status] ?? `the registry answered ${status}`}${said && `: ${said}`}`;
  const wait = waitAsked(status, answer.headers);
  return new TareError(status === 404 ? "resolve-image" : "registry-refused", message, {
    ...wait,
    hint:
      wait.retryAfter !== undefined && !wait.retryable
        ? `the registry asks to wait ${wait.retryAfter} seconds: try again then`
        : (HINTS[status] ?? "try again later, or ask who runs the registry"),
  });
}

/**
 * A registry does not have a part of an image; `what` names it. One that is elsewhere is not asked for there: whoever made
 * an image would make requests from here.
 */
export function missingBlob(what: string, part: object): TareError {
  const elsewhere = statedAddresses(part);
  return new TareError(
    "resolve-image",
    `${what}: not found${elsewhere && `${elsewhere}, which Tare does not ask`}`,
    {
      hint: elsewhere
        ? "ask who made the image for one whose layers the registry has"
        : "the registry has lost a part of the image: push the image again, or ask who runs the registry",
    },
  );
}

const MAX_ERROR = 65_536;
const TEXTS: Readonly<Record<number, string>> = {
  401: "access denied",
  403: "access denied",
  404: "not found",
  405: "the registry does not do this",
  413: "too large for the registry",
  429: "too many requests",
};
const LOGIN = "check the name; `tare login` brings credentials for private repositories";
const HINTS: Readonly<Record<number, string>> = {
  401: LOGIN,
  403: LOGIN,
  404: "check the name and the tag; `tare tags NAME` lists the tags",
  405: "ask who runs the registry whether it is allowed there",
  429: "wait a while, or `tare login`: who is known may ask more often",
};

async function saidBy(answer: HttpAnswer): Promise<string> {
  const errors = jsonObject(await readAnswer(answer, { limit: MAX_ERROR, what: "the error" }))?.errors;
  if (!Array.isArray(errors)) return "";
  const texts = errors.slice(0, 3).flatMap((error: unknown) => {
    const { code, message } = (error ?? {}) as Readonly<Record<string, unknown>>;
    const text = typeof message === "string" && message !== "" ? message : code;
    return typeof text === "string" ? [onOneLine(text)] : [];
  });
  return texts.join("; ");
}

/** Text from outside that may be printed. */
export function onOneLine(text: string): string {
  return oneLine(text).trim().slice(0, 300);
}
