/** The first of so many sorted places that is not before what is looked for; their number without one. */
export function lowerBound(length: number, isBefore: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the last item is whose number is not above a given one; -1 without one. The numbers must ascend. */
export function lastIndexAtMost<T>(
  items: readonly T[],
  limit: number,
  numberOf: (item: T) => number,
): number {
  return lowerBound(items.length, (at) => numberOf(items[at] as T) <= limit) - 1;
}
