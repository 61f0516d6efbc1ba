import type { JWTPayload } from 'jose';
import type { Proof } from './linking.ts';
import { amrOf } from './providers.ts';
import type { Identity, Pool } from './store.ts';

/** The claims that make a Cognito token of an identity [O aws-sdk-net#420]; issuer and times are added on signing. */
export function identityClaims(
  pool: Pool,
  identity: Identity,
  logins: Proof[],
  tags?: Record<string, string>,
): JWTPayload {
  return {
    sub: identity.id,
    aud: pool.settings.IdentityPoolId,
    amr: amrOf(pool, logins),
    'https://cognito-identity.amazonaws.com/identity-pool-arn': poolArn(pool),
    ...(tags &&
      Object.keys(tags).length > 0 && { 'https://aws.amazon.com/tags': { principal_tags: listed(tags) } }),
  };
}

/** STS takes every tag as a list of one value [O for OIDC, I for a developer's token]. */
function listed(tags: Record<string, string>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, [value]]));
}

export function poolArn({ region, account, settings }: Pool): string {
  return `arn:${partitionOf(region)}:cognito-identity:${region}:${account}:identitypool/${settings.IdentityPoolId}`;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
