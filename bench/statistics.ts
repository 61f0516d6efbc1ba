/** Of many runs: the middle one, and the range of the half around it. */
export interface Spread {
  median: number;
  from: number;
  to: number;
}

export const spread = (values: number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
  return { median: at(0.5), from: at(0.25), to: at(0.75) };
};

/** Three digits that mean something. */
export const round = (value: number) => Number(value.toPrecision(3));

export const ratio = (one: Spread, other: Spread) => round(one.median / other.median);

export const shuffled = <Value>(values: Value[]): Value[] =>
  values
    .map((value) => ({ value, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ value }) => value);
