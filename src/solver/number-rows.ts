/**
 * Rows of so many numbers, one behind the other in one array. Of 300,000 files an array for each row takes ten times
 * the room of its numbers.
 */
export interface NumberRows {
  /** All numbers, and room for more; the array is another one once a row was added. */
  readonly numbers: Float64Array;
  /** Writes a row, at the end or over an earlier one. */
  set(row: number, ...numbers: readonly number[]): void;
}

export function numberRows(width: number): NumberRows {
  let numbers = new Float64Array(64 * width);
  return {
    get numbers() {
      return numbers;
    },
    set(row, ...given) {
      if ((row + 1) * width > numbers.length) {
        const larger = new Float64Array(numbers.length * 2);
        larger.set(numbers);
        numbers = larger;
      }
      for (let at = 0; at < width; at++) numbers[row * width + at] = given[at] as number;
    },
  };
}
