import { createAttempts } from './attempts.ts';
import { createAuthenticator } from './authenticators/index.ts';
import type { User } from './authenticators/user.ts';
import type { SignInConfig } from './config.ts';
import type { RequestContext } from './endpoint.ts';
import { beforeFirstEvent } from './init.ts';
import { Problem } from './problem.ts';
import type { Credentials } from './schemas.ts';
import type { Item, Table } from './table.ts';

interface Authenticated {
  user: User;
  /** What is to be written now that the attempt succeeded. */
  items: Item[];
}

/**
 * A function from credentials to their user. Failed passwords slow down the next attempts; an assertion can't be
 * guessed, so that those are not counted.
 * @throws Problem `invalid_credentials`, `too_many_attempts`, and those of the authenticator
 */
export const createAuthentication = (config: SignInConfig, table: Table) => {
  const { authenticate, prepare } = createAuthenticator(config);
  beforeFirstEvent(prepare);
  const attempts = createAttempts(table);

  return async (
    credentials: Credentials,
    { signal, sourceIp }: Pick<RequestContext, 'signal' | 'sourceIp'>,
  ): Promise<Authenticated> => {
    const attempt = 'password' in credentials ? attempts(credentials.username, sourceIp, signal) : undefined;
    const allow = attempt?.allow ?? (async () => undefined);
    const user = await authenticate(credentials, { signal, allow }).catch(async (error) => {
      await attempt?.undecided();
      throw error;
    });
    if (user) return { user, items: attempt ? [attempt.succeeded()] : [] };
    await attempt?.failed();
    throw new Problem('invalid_credentials');
  };
};
