import { createAuthentication } from '../authentication.ts';
import type { SignInConfig } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { guestVerifier } from '../guests.ts';
import { createIdentities } from '../identities.ts';
import { Problem } from '../problem.ts';
import { createSessions } from '../sessions.ts';
import { putAll, serviceTable } from '../table.ts';
import { principalTags, tokensAnswer } from '../tokens.ts';

/** POST /login: credentials in, a Cognito OpenID token and a session out. */
export const createLogin = (config: SignInConfig): UseCase<typeof routes.login> => {
  const table = serviceTable(config);
  const authenticate = createAuthentication(config, table);
  const verifyGuest = guestVerifier(config);
  const identities = createIdentities(config);
  const sessions = createSessions(table, config);

  return async ({ guestToken, logins = {}, durationSeconds, ...credentials }, context) => {
    refuseOtherProviders(logins, config.PUBLIC_PROVIDERS);
    const guestIdentityId = guestToken === undefined ? undefined : await verifyGuest(guestToken);
    const { user, items } = await authenticate(credentials, context);

    const duration = Math.min(durationSeconds, config.MAX_TOKEN_DURATION_SECONDS);
    const { item, session } = sessions.start(user, duration);
    const [signedIn] = await Promise.all([
      identities.signIn(
        {
          userId: user.userId,
          guestIdentityId,
          logins,
          principalTags: principalTags(user, config),
          durationSeconds: duration,
        },
        context.signal,
      ),
      // Should Cognito refuse, nobody gets the session's token, and it dies unused.
      putAll(table, [item, ...items], context.signal),
    ]);
    const guest = signedIn.identityId === guestIdentityId ? ('linked' as const) : ('kept-separate' as const);
    return { ...tokensAnswer(config, signedIn, session), ...(guestIdentityId && { guest }) };
  };
};

const refuseOtherProviders = (logins: Record<string, string>, allowed: string[]) => {
  const others = Object.keys(logins).filter((provider) => !allowed.includes(provider));
  if (others.length === 0) return;
  const detail =
    allowed.length > 0 ? `is none of ${allowed.join(', ')}` : 'is not taken: no public provider is set up';
  throw new Problem('invalid_request', {
    errors: others.map((provider) => ({ path: ['logins', provider], detail })),
  });
};
