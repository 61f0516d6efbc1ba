import type { Identity } from './identities.ts';
import type { Parts } from './parts.ts';
import { isProblem } from './problem.ts';

/** https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html: linked logins of one identity. */
export const maxLogins = 20;

type Identities = Pick<Parts, 'identities' | 'config'>;

export interface LinkedLogins extends Omit<Identity, 'logins'> {
  developerUserIdentifiers: string[];
  publicProviders: string[];
}

/** An identity with all its logins. @throws Problem `identity_not_found`, `identity_disabled`, `cognito_…` */
export const linkedLogins = async (
  { identities, config }: Identities,
  identityId: string,
  signal: AbortSignal,
): Promise<LinkedLogins> => {
  const { logins, ...identity } = await identities.describe(identityId, signal);
  const publicProviders = logins.filter((login) => login !== config.DEVELOPER_PROVIDER_NAME);
  // A user of public providers only has nothing to look up. An identity without logins is a disabled one: that says so.
  const { developerUserIdentifiers } =
    logins.length > 0 && publicProviders.length === logins.length
      ? { developerUserIdentifiers: [] }
      : await identities.lookup({ identityId }, signal);
  return { ...identity, developerUserIdentifiers, publicProviders };
};

export const countLogins = ({ developerUserIdentifiers, publicProviders }: LinkedLogins) =>
  developerUserIdentifiers.length + publicProviders.length;

/** The identity of an identifier, if there is one. @throws Problem `cognito_…` */
export const identityOf = async (
  { identities }: Pick<Identities, 'identities'>,
  developerUserIdentifier: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  try {
    return (await identities.lookup({ developerUserIdentifier }, signal)).identityId;
  } catch (error) {
    if (isProblem(error, 'identity_not_found')) return undefined;
    throw error;
  }
};

/** Whether an identity was merged into another, or has lost its last login. What describes it does not say so. */
export const isDisabled = async (
  { identities }: Pick<Identities, 'identities'>,
  identityId: string,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    await identities.lookup({ identityId }, signal);
    return false;
  } catch (error) {
    if (isProblem(error, 'identity_disabled')) return true;
    if (isProblem(error, 'identity_not_found')) return false;
    throw error;
  }
};
