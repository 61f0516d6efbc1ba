import { config } from 'zod/mini';
import type { $ZodRawIssue } from 'zod/v4/core';

/** What is wrong with a value, to be read after its name: "must be at least 60". It never shows the value. */
const message = (issue: $ZodRawIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${nouns[issue.expected] ?? `a ${issue.expected}`}`;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty';
      return `must ${lengthOf(issue.origin, 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${lengthOf(issue.origin, 'at most', issue.maximum)}`;
    case 'invalid_value':
      return `must be ${issue.values.join(' or ')}`;
    case 'invalid_format':
      return issue.format in nouns ? `must be ${nouns[issue.format]}` : 'is not valid';
    default:
      return 'is not valid';
  }
};

const nouns: Record<string, string> = {
  int: 'a whole number',
  object: 'an object',
  array: 'a list',
  url: 'a URL',
};

const lengthOf = (origin: string, bound: string, limit: number | bigint) =>
  origin === 'string'
    ? `have ${bound} ${limit} characters`
    : origin === 'array'
      ? `have ${bound} ${limit} items`
      : `be ${bound} ${limit}`;

// zod/mini carries no messages of its own: without these every error reads "Invalid input". Imported for that.
config({ customError: message });
