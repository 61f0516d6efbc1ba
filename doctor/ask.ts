/** A check that can't be made here, and why. It is no finding. */
export class NotChecked extends Error {}

/** What was asked for is not there. Says what in `message`. */
export class Missing extends Error {}

const denied = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'NotAuthorized'];
const missing = [
  'NoSuchEntity',
  'NoSuchEntityException',
  'NotFoundException',
  'ResourceNotFoundException',
  'ResourceNotFound',
];

/**
 * Awaits a read-only call to AWS; `action` is its name in IAM.
 * @throws NotChecked without the permission or an answer, Missing
 */
export const ask = async <Answer>(action: string, call: Promise<Answer>): Promise<Answer> => {
  try {
    return await call;
  } catch (error) {
    const { name, message } = error as Error;
    if (denied.includes(name)) throw new NotChecked(`needs ${action}`);
    if (missing.includes(name)) throw new Missing(message);
    throw new NotChecked(`${action} failed: ${message || name}`);
  }
};

/** What an answer is, or undefined where it is not there. */
export const orNone = (error: unknown): undefined => {
  if (error instanceof Missing) return undefined;
  throw error;
};

/** For a check that is about something else: that it is not there is another check's finding. */
export const notThere = (error: unknown): never => {
  throw error instanceof Missing ? new NotChecked('it is not there') : error;
};
