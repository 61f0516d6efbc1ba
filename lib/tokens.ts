import { decodeJwt } from 'jose';
import type { User } from './authenticators/user.ts';
import type { Config } from './config.ts';
import type { SignedIn } from './identities.ts';
import { Problem } from './problem.ts';
import type { Session } from './sessions.ts';

/** Cognito's and STS's limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html */
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;
const maxTagsBytes = 460;

/**
 * Principal tags decide what a user may do on AWS: only what the configuration names gets through. An empty attribute
 * is none; one that can't be a tag is an error, since a tag that is left out could grant more.
 * @throws Problem `invalid_principal_tags`
 */
export const principalTags = ({ attributes }: User, { PRINCIPAL_TAGS }: Config): Record<string, string> => {
  const tags: Record<string, string> = {};
  let bytes = 0;
  for (const name of PRINCIPAL_TAGS) {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (!value) continue;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (!tagValue.test(value) || bytes > maxTagsBytes) {
      throw new Problem('invalid_principal_tags', {
        cause: new Error(`The attribute ${name} can't be a principal tag`),
      });
    }
    tags[name] = value;
  }
  return tags;
};

/** What a login and a refresh answer. */
export const tokensAnswer = (config: Config, { identityId, token }: SignedIn, session: Session) => ({
  identityId,
  token,
  // From the token itself, so that it is true whatever Cognito made of the duration.
  tokenExpiresAt: new Date((decodeJwt(token).exp ?? 0) * 1000).toISOString(),
  identityPoolId: config.IDENTITY_POOL_ID,
  region: config.AWS_REGION,
  refreshToken: session.refreshToken,
  refreshTokenExpiresAt: session.refreshTokenExpiresAt,
});
