import { TareError } from "../base/index.ts";
import type { LockedTarget } from "../compose/index.ts";
import type { DroppedDependency } from "../debian/index.ts";
import { openStore } from "../store/index.ts";
import { suggest } from "../text/index.ts";
import { type BaseAccess, type BaseTarget, holdResolver, targetOf } from "./base-access.ts";
import { architectureOf } from "./recipe-targets.ts";
import { type OpenedRecipe, openRecipe } from "./recipes.ts";
import { storeFolder } from "./store-choice.ts";

/** Which package of which recipe is to be explained; the platform by default this machine's. */
export interface ExplainPackageRequest extends BaseAccess {
  readonly reference: string;
  readonly package: string;
  readonly platform?: string;
}

/** Why a package is in a base, or why it is not. */
export type PackageExplanation = BaseTarget & {
  /** The lock that told it; absent: the mirror's lists. */
  readonly lock?: string;
} & (
    | {
        readonly kind: "chosen";
        readonly version: string;
        /** Whether it is from the npm registry: only a recipe itself names such. */
        readonly npm: boolean;
        /** The shortest chains from a named package to this one; a chain of one for a package that is named. */
        readonly chains: readonly (readonly string[])[];
      }
    | { readonly kind: "dropped"; readonly drops: readonly DroppedDependency[] }
    /** Nothing wants it; `near` is a package of the base with a name that is much like it. */
    | { readonly kind: "unneeded"; readonly near?: string }
  );

/** Explains a package: by the recipe's lock without any network, else by the lists that are remembered or fetched. */
export async function explainPackage(
  request: ExplainPackageRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<PackageExplanation> {
  if (!/^[a-z0-9@][a-z0-9+./@-]*$/i.test(request.package))
    throw new TareError("user-bad-flag", `${JSON.stringify(request.package)} is no name of a package`, {
      hint: "give the name alone, without a version: tare base why python libc6",
    });
  const store = await openStore(storeFolder(request));
  const platform = { architecture: architectureOf(request.platform) };
  const opened = await openRecipe(request.reference, { platform, store });
  const locked = opened.locked ?? (await resolveNow(opened, request, signal));
  const { lock, recipe } = opened;
  const answer = await explain(locked, request.package);
  return { ...targetOf(recipe), ...(lock !== undefined && { lock }), ...answer };
}

async function resolveNow(
  opened: OpenedRecipe,
  request: ExplainPackageRequest,
  signal: AbortSignal,
): Promise<LockedTarget> {
  await using resolver = await holdResolver(request, { what: "tare base why", refresh: false });
  return await resolver.resolve(opened, signal);
}

async function explain(locked: LockedTarget, name: string) {
  const fromNpm = locked.npm.find((one) => one.name === name);
  if (fromNpm) return { kind: "chosen", version: fromNpm.version, npm: true, chains: [[name]] } as const;
  const { why } = await import("../debian/index.ts");
  const answer = why(locked, name);
  if (answer.kind === "chosen")
    return { kind: "chosen", version: answer.package.version, npm: false, chains: answer.chains } as const;
  if (answer.kind === "dropped") return answer;
  const known = [...locked.packages, ...locked.npm, ...locked.dropped].map((one) => one.name);
  const near = suggest(name, known);
  return { kind: "unneeded", ...(near !== undefined && { near }) } as const;
}
