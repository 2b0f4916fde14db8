/** Places in the order of numbers; equal ones stay as they are. */
export function byNumber(
  places: readonly number[],
  values: readonly number[],
  down: boolean,
): readonly number[] {
  const sign = down ? -1 : 1;
  return places.toSorted((a, b) => sign * ((values[a] as number) - (values[b] as number)));
}

/** Places in the order of texts, by code points, as `LC_ALL=C sort` does. */
export function byText(
  places: readonly number[],
  values: readonly string[],
  down: boolean,
): readonly number[] {
  const sign = down ? -1 : 1;
  return places.toSorted((a, b) => {
    const [left, right] = [values[a] as string, values[b] as string];
    if (left === right) return 0;
    return left < right ? -sign : sign;
  });
}
