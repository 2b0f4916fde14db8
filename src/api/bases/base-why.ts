import { TareError } from "../../base/index.ts";
import type { LockedTarget } from "../../compose/index.ts";
import type { DroppedDependency } from "../../debian/index.ts";
import type { SaidIn, SaidNames } from "../../recipe/index.ts";
import { openStore } from "../../store/index.ts";
import { suggest } from "../../text/index.ts";
import { storeFolder } from "../store-choice.ts";
import { type BaseAccess, type BaseTarget, holdResolver, targetOf } from "./base-access.ts";
import { architectureOf } from "./recipe-targets.ts";
import { namesSaidBy, type OpenedRecipe, openRecipe } from "./recipes.ts";

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
        /** Which recipe names the packages that the chains begin with, by their names. */
        readonly namedIn: Readonly<Record<string, SaidIn>>;
      }
    | {
        readonly kind: "dropped";
        readonly drops: readonly (DroppedDependency & {
          /** The recipe that leaves it out; absent: a rule of Tare. */
          readonly saidIn?: SaidIn;
        })[];
      }
    /** Nothing wants it; `near` is a package of the base whose name is much like it or holds it. */
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
  const answer = await explain(locked, { name: request.package, said: await namesSaidBy(opened) });
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

async function explain(
  locked: LockedTarget,
  { name, said }: { readonly name: string; readonly said: SaidNames | undefined },
) {
  const { why } = await import("../../debian/index.ts");
  const fromNpm = locked.npm.find((one) => one.name === name);
  if (fromNpm) return chosen({ version: fromNpm.version, npm: true, chains: [[name]] }, said);
  const answer = why(locked, name);
  if (answer.kind === "chosen") {
    const { package: found, chains } = answer;
    return chosen({ version: found.version, npm: false, chains }, said);
  }
  if (answer.kind === "dropped")
    return { ...answer, drops: answer.drops.map((drop) => withPlace(drop, said)) };
  const near = nearName(
    name,
    [...locked.packages, ...locked.npm, ...locked.dropped].map((one) => one.name),
  );
  return { kind: "unneeded", ...(near !== undefined && { near }) } as const;
}

function chosen(
  facts: { readonly version: string; readonly npm: boolean; readonly chains: readonly (readonly string[])[] },
  said: SaidNames | undefined,
) {
  const heads = facts.chains.flatMap(([head = ""]) => {
    const place = said?.packages.get(head);
    return place ? [[head, place] as const] : [];
  });
  return { kind: "chosen", ...facts, namedIn: Object.fromEntries(heads) } as const;
}

function withPlace(drop: DroppedDependency, said: SaidNames | undefined) {
  const saidIn = said?.without.get(drop.rule.replace(/^without /, ""));
  return { ...drop, ...(saidIn !== undefined && drop.rule.startsWith("without ") && { saidIn }) };
}

/** One that differs by a letter or two, or the shortest that holds the word: `libssl` is meant for `libssl3t64`. */
function nearName(name: string, known: readonly string[]): string | undefined {
  const holders = known.filter((one) => name.length > 2 && one.includes(name));
  return suggest(name, known) ?? holders.sort((a, b) => a.length - b.length)[0];
}
