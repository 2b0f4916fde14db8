/** A list that never changes, made longer in constant time; undefined is empty. */
export interface Chain<T> {
  readonly last: T;
  readonly rest: Chain<T> | undefined;
}

/** The items in the order in which they were added. */
export function itemsOf<T>(chain: Chain<T> | undefined): readonly T[] {
  const items: T[] = [];
  for (let at = chain; at; at = at.rest) items.push(at.last);
  return items.reverse();
}

export function chainOf<T>(items: readonly T[]): Chain<T> | undefined {
  return items.reduce<Chain<T> | undefined>((rest, last) => ({ last, rest }), undefined);
}
