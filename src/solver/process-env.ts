/**
 * The environment that a process starts with, `K=V`, the same in every sandbox: of several values of a variable the
 * last one, at its place; HOME as the account has it, behind all others, unless somebody has given it a value.
 */
export function processEnv(env: readonly string[], home: string): readonly string[] {
  const last = new Map<string, string>();
  for (const pair of env) {
    const [name = ""] = pair.split("=", 1);
    last.delete(name);
    last.set(name, pair);
  }
  if (last.get("HOME") === "HOME=") last.delete("HOME");
  return [...last.values(), ...(last.has("HOME") ? [] : [`HOME=${home}`])];
}
