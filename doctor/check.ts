import { Missing, NotChecked } from './ask.ts';
import type { Stack } from './stack.ts';

/** One thing that a stack must be. */
export interface Check {
  name: string;
  /** What is so when nothing is found. */
  what: string;
  /** The same of `npm start`, where less is looked at than of a deployment. */
  whatLocally?: string;
  /** What to do about each of its findings. */
  mend: string;
  /** What is wrong, a sentence each. @throws NotChecked, Missing */
  find: (stack: Stack) => Promise<string[]> | string[];
}

export interface Outcome {
  check: Check;
  findings: string[];
  /** Why it could not be checked. */
  notChecked?: string;
}

/** Makes one check. */
export const examine = async (check: Check, stack: Stack): Promise<Outcome> => {
  try {
    return { check, findings: await check.find(stack) };
  } catch (error) {
    if (error instanceof NotChecked) return { check, findings: [], notChecked: error.message };
    if (error instanceof Missing) return { check, findings: [error.message] };
    throw error;
  }
};
