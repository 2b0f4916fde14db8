const SECRET = new Set(
  "apikey auth credential credentials key password pword passwd secret token".split(" "),
);
/** Words that say that the value is none itself. */
const HARMLESS = new Set(["public", "file", "version"]);

/** Whether a word of a variable's name, between underscores, is one that secrets are called by; as BuildKit's check has it. */
export function isSecretName(name: string): boolean {
  const words = name.toLowerCase().split("_");
  return words.some((word) => SECRET.has(word)) && !words.some((word) => HARMLESS.has(word));
}
