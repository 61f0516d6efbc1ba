import type {
  DescribeIdentityCommandInput,
  DescribeIdentityCommandOutput,
  GetIdCommandInput,
  GetIdCommandOutput,
  GetOpenIdTokenCommandInput,
  GetOpenIdTokenCommandOutput,
} from '@aws-sdk/client-cognito-identity';
import { identityClaims } from '../claims.ts';
import { seconds } from '../clock.ts';
import { findIdentity, findPool, type Operation } from '../context.ts';
import { AwsError } from '../errors.ts';
import { newGuest, signIn } from '../linking.ts';
import { cognitoProvider, verifyLogins } from '../providers.ts';
import { signInWith } from '../sign-in.ts';
import type { Identity, Pool, Store } from '../store.ts';
import { invalidToken } from '../tokens.ts';

/** AWS's documented lifetime of a token of GetOpenIdToken, in seconds. */
const tokenLifetime = 600;

export const GetId: Operation<GetIdCommandInput, GetIdCommandOutput> = async (context, input) => {
  const pool = findPool({ ...context, account: input.AccountId }, input.IdentityPoolId);
  const { Logins = {} } = input;
  if (Logins[cognitoProvider] !== undefined) throw invalidToken("Can't pass in a Cognito token."); // [O amplify-js#388]
  const logins = await verifyLogins(context, pool, Logins);
  const identity = context.store.transaction(() =>
    logins.length === 0 ? newGuest(context, pool) : signIn(context, pool, logins, 'LimitExceededException'),
  );
  return { IdentityId: identity.id };
};

export const GetOpenIdToken: Operation<GetOpenIdTokenCommandInput, GetOpenIdTokenCommandOutput> = async (
  context,
  { IdentityId, Logins },
) => {
  const { tokens, clock } = context;
  refuseClassicFlow(findIdentity(context, IdentityId).pool);
  const { pool, identity, logins } = await signInWith(context, IdentityId, Logins);
  const claims = identityClaims(pool, identity, logins);
  return {
    IdentityId: identity.id,
    Token: await tokens.sign(pool.region, claims, seconds(clock), tokenLifetime),
  };
};

function refuseClassicFlow({ settings, roles }: Pool): void {
  // Only an explicit false blocks it [O aws-cli#7652].
  if (settings.AllowClassicFlow === false) {
    throw new AwsError(
      'InvalidParameterException',
      'Basic (classic) flow is not enabled, please use enhanced flow.',
    );
  }
  if (Object.keys(roles.RoleMappings ?? {}).length > 0) {
    const text = 'Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.';
    throw new AwsError('InvalidParameterException', text); // [O aws-rum-web#172; I the type]
  }
}

export const DescribeIdentity: Operation<DescribeIdentityCommandInput, DescribeIdentityCommandOutput> = (
  context,
  { IdentityId },
) => describe(context.store, findIdentity(context, IdentityId).identity);

/** The providers, not the users; a provider with several linked users is named once [I]. */
function describe(store: Store, identity: Identity) {
  const providers = new Set(store.loginsOf(identity).map((login) => login.provider));
  return {
    IdentityId: identity.id,
    Logins: [...providers],
    CreationDate: identity.created,
    LastModifiedDate: identity.modified,
  };
}
