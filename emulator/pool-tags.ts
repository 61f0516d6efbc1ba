import { AwsError } from './errors.ts';

/** AWS's quota of tags on one pool [D]. */
const maximumTags = 50;

/**
 * Throws InvalidParameterException for more tags than a pool may have, or for one of AWS's own.
 * The limits are documented; [?] the type and the texts of their errors.
 */
export function checkTags(tags: Record<string, string>): Record<string, string> {
  const keys = Object.keys(tags);
  if (keys.length > maximumTags) {
    throw new AwsError('InvalidParameterException', `A pool can have at most ${maximumTags} tags.`);
  }
  if (keys.some((key) => /^aws:/i.test(key))) {
    throw new AwsError('InvalidParameterException', 'Tag keys cannot start with aws:.');
  }
  return tags;
}
