import { AwsError } from './errors.ts';

/** Throws InvalidParameterException for a member that nobody would read: most likely a slip of the pen. */
export function refuseUnknown(value: object, known: readonly string[], what: string): void {
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new AwsError(
    'InvalidParameterException',
    `${what} has no ${unknown.join(', ')}, only ${known.join(', ')}.`,
  );
}
