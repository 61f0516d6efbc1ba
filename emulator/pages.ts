import type { Context } from './context.ts';
import { AwsError } from './errors.ts';

/** At most this many results on a page [D]. */
export const maximumPage = 60;

type Page = { NextToken?: string };

/**
 * Cuts `rows`, read with one more than the page holds, into a page and the token of the next one.
 * A token is good only for the listing it came from.
 */
export function page<Row extends { seq: number }>(
  { seal }: Context,
  listing: string,
  rows: Row[],
  limit: number,
): [Row[], Page] {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return [shown, last && rows.length > limit ? { NextToken: seal.seal(listing, last.seq) } : {}];
}

/** The row that the page before ended with. Throws InvalidParameterException ([?] type and text). */
export function startOf({ seal }: Context, listing: string, token: string | undefined): number {
  if (token === undefined) return 0;
  const after = seal.open(listing, token);
  if (typeof after === 'number') return after;
  throw new AwsError('InvalidParameterException', 'Invalid NextToken.');
}
