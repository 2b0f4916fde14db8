import { TareError } from "../../base/index.ts";
import { canonicalName, parseReference } from "../../oci/index.ts";
import type { ManifestName, Registry } from "../../registry/index.ts";
import type { RegistryChoice } from "./registry-access.ts";

/** What `delete` is asked for. */
export interface DeleteRequest extends RegistryChoice {
  /** `registry.example.com/team/app:1`, or `…@sha256:…`. */
  readonly name: string;
}

/**
 * Deletes a tag, or a manifest by its digest, in a registry; tells its complete name. By digest all tags that lead there
 * go with it. What nobody names any more is the registry's to clean up. `user-bad-reference` for a name with neither,
 * `resolve-image` when there is no such thing, `registry-refused` where it is not allowed or not done.
 */
export async function deleteRemote(
  request: DeleteRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  const reference = parseReference(request.name);
  const name = { repository: reference.path, reference: reference.digest ?? reference.tag ?? "" };
  // No tag is implied: who forgets it would lose another image than was meant.
  if (name.reference === "")
    throw new TareError("user-bad-reference", `${request.name} has neither a tag nor a digest`, {
      hint: `write ${request.name}:TAG or ${request.name}@sha256:…`,
    });
  const [{ openRegistries }, { deleteManifest }] = await Promise.all([
    import("./registry-access.ts"),
    import("../../registry/index.ts"),
  ]);
  await using access = openRegistries(request, signal);
  const registry = access.registry(reference);
  try {
    await deleteManifest(registry, name, signal);
  } catch (error) {
    throw reference.digest === undefined
      ? await withDigest(error, { registry, name, request }, signal)
      : error;
  }
  return canonicalName(reference);
}

/** Many registries delete by digest alone: the error says by which one, and what that would mean. */
async function withDigest(
  error: unknown,
  {
    registry,
    name,
    request,
  }: { readonly registry: Registry; readonly name: ManifestName; readonly request: DeleteRequest },
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof TareError) || error.code !== "registry-refused" || error.facts.retryable)
    return error;
  const { manifestDigest } = await import("../../registry/index.ts");
  const digest = await manifestDigest(registry, name, signal).catch(() => null);
  if (digest === null) return error;
  // Registries that delete no tags say so of a tag that they do not have, too.
  if (digest === undefined)
    return new TareError("resolve-image", `${request.name}: the registry has no such image`, {
      hint: "`tare tags REPOSITORY` lists what it has",
      cause: error,
    });
  const { tag } = parseReference(request.name);
  const repository = request.name.slice(0, -`:${tag}`.length);
  return new TareError(error.code, `${request.name}: the registry does not delete single tags`, {
    ...error.facts,
    hint: `\`tare delete ${repository}@${digest}\` deletes the image with all of its tags`,
    cause: error,
  });
}
