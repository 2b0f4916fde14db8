/** Where the last item is whose number is not above a given one; -1 without one. The numbers must ascend. */
export function lastIndexAtMost<T>(
  items: readonly T[],
  limit: number,
  numberOf: (item: T) => number,
): number {
  let low = -1;
  let high = items.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numberOf(items[middle] as T) <= limit) low = middle;
    else high = middle;
  }
  return low;
}
