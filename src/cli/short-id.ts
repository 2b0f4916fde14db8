/** The 12 digits of a digest that people see. */
export function shortId(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
