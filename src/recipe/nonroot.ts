import { TareError } from "../base/index.ts";
import type { Recipe } from "./types.ts";

/**
 * The variant `nonroot`: containers run as the account of that name, and start in its home. The files stay what they
 * are, and the digest with them, so that a lock and composed layers are good for both. `user-bad-recipe` for a recipe
 * without such an account.
 */
export function runAsNonroot(recipe: Recipe): Recipe {
  const account = recipe.users.find(({ name }) => name === "nonroot");
  if (account)
    return { ...recipe, config: { ...recipe.config, user: String(account.uid), workdir: account.home } };
  throw new TareError("user-bad-recipe", `the recipe ${recipe.name} has no variant nonroot`, {
    hint: "it has no account of that name; say USER in the Dockerfile",
  });
}
