import { createAuthenticator } from '../authenticators/index.ts';
import type { SignInConfig } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createIdentities } from '../identities.ts';
import { beforeFirstEvent } from '../init.ts';
import { Problem } from '../problem.ts';
import { createSessions } from '../sessions.ts';
import { serviceTable } from '../table.ts';
import { principalTags, tokensAnswer } from '../tokens.ts';

/** POST /refresh: a refresh token in, a Cognito OpenID token and the next refresh token out. */
export const createRefresh = (config: SignInConfig): UseCase<typeof routes.refresh> => {
  const sessions = createSessions(serviceTable(config), config);
  const authenticator = createAuthenticator(config);
  beforeFirstEvent(authenticator.prepareRefresh);
  const identities = createIdentities(config);

  return async ({ refreshToken }, { signal }) => {
    const session = await sessions.use(refreshToken, signal);
    try {
      // First: their attributes of now are in the token, and one who is gone gets no new identity.
      const user = await authenticator.refresh(session.user, signal);
      if (user) {
        const signedIn = await identities.signIn(
          {
            userId: user.userId,
            principalTags: principalTags(user, config),
            // The cap may have been lowered since the login.
            durationSeconds: Math.min(session.durationSeconds, config.MAX_TOKEN_DURATION_SECONDS),
          },
          signal,
        );
        return tokensAnswer(config, signedIn, await session.next());
      }
    } catch (error) {
      // No outage logs the user out.
      await session.takeBack();
      throw error;
    }
    await sessions.end(session.id, signal);
    throw new Problem('invalid_refresh_token');
  };
};
