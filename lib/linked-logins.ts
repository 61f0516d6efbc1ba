import type { Parts } from './parts.ts';

/** https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html: linked logins of one identity. */
export const maxLogins = 20;

export interface LinkedLogins {
  publicProviders: string[];
  developerUserIdentifiers: string[];
  /** Of both. */
  count: number;
}

/** All logins of an identity. @throws Problem `identity_not_found`, `identity_disabled`, `cognito_…` */
export const linkedLogins = async (
  { identities, config }: Pick<Parts, 'identities' | 'config'>,
  identityId: string,
  signal: AbortSignal,
): Promise<LinkedLogins> => {
  const { logins } = await identities.describe(identityId, signal);
  const publicProviders = logins.filter((login) => login !== config.DEVELOPER_PROVIDER_NAME);
  // A guest, or a user of public providers only, has nothing to look up.
  const { developerUserIdentifiers } =
    publicProviders.length < logins.length
      ? await identities.lookup({ identityId }, signal)
      : { developerUserIdentifiers: [] };
  return {
    publicProviders,
    developerUserIdentifiers,
    count: publicProviders.length + developerUserIdentifiers.length,
  };
};
