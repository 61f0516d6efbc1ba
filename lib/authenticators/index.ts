import type { Config } from '../config.ts';
import type { AssertionCredentials, Credentials, PasswordCredentials } from '../contract.ts';
import { Problem } from '../problem.ts';
import { directory } from './directory.ts';
import { http } from './http.ts';
import { jwt } from './jwt.ts';
import type { User } from './user.ts';

/**
 * Answers who the credentials belong to, or undefined where they are not valid.
 * @throws Problem `invalid_credentials` where there is a reason for the log; when it can't be told now,
 * `backend_unavailable`, `table_unavailable`, `timed_out`.
 */
export type Authenticate<Kind = Credentials> = (
  credentials: Kind,
  signal: AbortSignal,
) => Promise<User | undefined>;

/** The configured authenticator. A fourth is one new file and one line here. */
export const createAuthenticator = (config: Config): Authenticate => {
  switch (config.AUTHENTICATOR) {
    case 'directory':
      return takesPasswords(directory(config));
    case 'http':
      return http(config);
    case 'jwt':
      return takesAssertions(jwt(config));
  }
};

const takesPasswords =
  (authenticate: Authenticate<PasswordCredentials>): Authenticate =>
  async (credentials, signal) => {
    if ('password' in credentials) return authenticate(credentials, signal);
    throw notTaken('assertion', 'username and password');
  };

const takesAssertions =
  (authenticate: Authenticate<AssertionCredentials>): Authenticate =>
  async (credentials, signal) => {
    if ('assertion' in credentials) return authenticate(credentials, signal);
    throw notTaken('password', 'an assertion');
  };

const notTaken = (member: string, instead: string) =>
  new Problem('invalid_request', {
    errors: [{ path: [member], detail: `is not taken here: sign in with ${instead}` }],
  });
