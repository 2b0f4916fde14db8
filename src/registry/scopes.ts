/** What a token for a push has to allow. */
export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}
