import type { SignInConfig } from '../config.ts';
import { Problem } from '../problem.ts';
import type { AssertionCredentials, Credentials, PasswordCredentials } from '../schemas.ts';
import type { Key } from '../table.ts';
import { directory } from './directory.ts';
import { http } from './http.ts';
import { jwt } from './jwt.ts';
import type { User } from './user.ts';

export interface AuthenticateContext {
  signal: AbortSignal;
  /**
   * Throws when there were too many failed attempts: awaited before a password is tried. It reads counters: an item
   * with a key that is given comes in the same request.
   */
  allow: (key?: Key) => Promise<unknown>;
}

export interface Authenticator<Kind = Credentials> {
  /** Fetches what `authenticate` will need, and what `refresh` will: before the first event, where there is any. */
  prepare?: () => Promise<unknown>;
  prepareRefresh?: () => Promise<unknown>;
  /**
   * Who the credentials belong to, or undefined where they are not valid.
   * @throws Problem `invalid_credentials` where there is a reason for the log; when it can't be told now,
   * `backend_unavailable`, `table_unavailable`, `timed_out`
   */
  authenticate: (credentials: Kind, context: AuthenticateContext) => Promise<User | undefined>;
  /**
   * A user as they are now, or undefined where they may not go on: asked when a session is refreshed.
   * @throws as `authenticate`
   */
  refresh: (user: User, signal: AbortSignal) => Promise<User | undefined>;
}

/** The configured authenticator. A fourth is one new file and one line here. */
export const createAuthenticator = (config: SignInConfig): Authenticator => {
  switch (config.AUTHENTICATOR) {
    case 'directory':
      return takesPasswords(directory(config));
    case 'http':
      return http(config);
    case 'jwt':
      return takesAssertions(jwt(config));
  }
};

const takesPasswords = ({ authenticate, ...others }: Authenticator<PasswordCredentials>): Authenticator => ({
  ...others,
  authenticate: async (credentials, context) => {
    if ('password' in credentials) return authenticate(credentials, context);
    throw notTaken('assertion', 'username and password');
  },
});

const takesAssertions = ({
  authenticate,
  ...others
}: Authenticator<AssertionCredentials>): Authenticator => ({
  ...others,
  authenticate: async (credentials, context) => {
    if ('assertion' in credentials) return authenticate(credentials, context);
    throw notTaken('password', 'an assertion');
  },
});

const notTaken = (member: string, instead: string) =>
  new Problem('invalid_request', {
    errors: [{ path: [member], detail: `is not taken here: sign in with ${instead}` }],
  });
