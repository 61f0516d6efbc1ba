import type {
  DeleteIdentitiesCommandInput,
  DeleteIdentitiesCommandOutput,
  DescribeIdentityCommandInput,
  DescribeIdentityCommandOutput,
  GetIdCommandInput,
  GetIdCommandOutput,
  GetOpenIdTokenCommandInput,
  GetOpenIdTokenCommandOutput,
  ListIdentitiesCommandInput,
  ListIdentitiesCommandOutput,
  UnlinkIdentityCommandInput,
  UnlinkIdentityCommandOutput,
} from '@aws-sdk/client-cognito-identity';
import { identityClaims } from '../claims.ts';
import { seconds } from '../clock.ts';
import { type Context, findIdentity, findPool, type Operation } from '../context.ts';
import { AwsError } from '../errors.ts';
import { holdsOneOf, loginsDontMatch, newGuest, signIn, unlink } from '../linking.ts';
import { page, startOf } from '../pages.ts';
import { cognitoProvider, verifyLogins } from '../providers.ts';
import { findUsable, proofsOf, type SignedIn, signInWith, verifyFor } from '../sign-in.ts';
import type { DatedIdentity, Login, Pool, Store } from '../store.ts';
import { invalidToken } from '../tokens.ts';

/** AWS's documented lifetime of a token of GetOpenIdToken, in seconds. */
const tokenLifetime = 600;

export const GetId: Operation<GetIdCommandInput, GetIdCommandOutput> = (context, input) => {
  const { AccountId, IdentityPoolId, Logins = {} } = input;
  // [?] what a wrong AccountId answers
  const find = () => findPool({ ...context, account: AccountId }, IdentityPoolId);
  // A guest is one row: no transaction is needed.
  if (Object.keys(Logins).length === 0) return { IdentityId: newGuest(context, find()).id };
  return idOf(context, find, Logins);
};

/** The identity of public logins. The pool is found again once their tokens are verified: that takes its time. */
async function idOf(context: Context, find: () => Pool, Logins: Record<string, string>) {
  if (Logins[cognitoProvider] !== undefined) throw invalidToken("Can't pass in a Cognito token."); // [O amplify-js#388]
  const logins = await verifyLogins(context, find(), Logins);
  const identity = context.store.transaction(() => signIn(context, find(), logins, 'LimitExceededException'));
  return { IdentityId: identity.id };
}

export const GetOpenIdToken: Operation<GetOpenIdTokenCommandInput, GetOpenIdTokenCommandOutput> = async (
  context,
  { IdentityId, Logins },
) => {
  const { tokens, clock } = context;
  refuseClassicFlow(findIdentity(context, IdentityId).pool);
  const signedIn = await signInWith(context, IdentityId, Logins);
  const { pool, identity, logins } = signedIn;
  const claims = identityClaims(pool, identity, logins, mappedTags(context, signedIn));
  return {
    IdentityId: identity.id,
    Token: await tokens.sign(pool.region, claims, seconds(clock), tokenLifetime),
  };
};

/** The principal tags that the pool's attribute maps make of the tokens' claims. */
function mappedTags({ store }: Context, { pool, publicLogins }: SignedIn): Record<string, string> {
  const tags = publicLogins.flatMap(({ provider, claims }) =>
    Object.entries(store.tagMap(pool, provider)?.PrincipalTags ?? {}).map(([tag, claim]) => [
      tag,
      claims[claim],
    ]),
  );
  return Object.fromEntries(tags.filter(([, value]) => typeof value === 'string')); // [?] for other claims
}

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
function describe(store: Store, identity: DatedIdentity) {
  const providers = new Set(store.loginsOf(identity).map((login) => login.provider));
  return {
    IdentityId: identity.id,
    Logins: [...providers],
    CreationDate: identity.created,
    LastModifiedDate: identity.modified,
  };
}

export const ListIdentities: Operation<ListIdentitiesCommandInput, ListIdentitiesCommandOutput> = (
  context,
  { IdentityPoolId, MaxResults, NextToken, HideDisabled = false },
) => {
  const { store } = context;
  const pool = findPool(context, IdentityPoolId);
  const listing = `ListIdentities ${IdentityPoolId} ${HideDisabled}`;
  const after = startOf(context, listing, NextToken);
  const rows = store.listIdentities(pool, after, MaxResults + 1, HideDisabled);
  const [identities, next] = page(context, listing, rows, MaxResults);
  return { IdentityPoolId, Identities: identities.map((identity) => describe(store, identity)), ...next };
};

export const DeleteIdentities: Operation<DeleteIdentitiesCommandInput, DeleteIdentitiesCommandOutput> = (
  { store, region, account },
  { IdentityIdsToDelete },
) => {
  const unprocessed = IdentityIdsToDelete.filter((id) => {
    const identity = store.identity(id);
    const pool = identity && store.poolOf(identity);
    if (!identity || pool?.region !== region || pool.account !== account) return true;
    store.deleteIdentity(identity);
    return false;
  });
  // [?] what AWS answers for an identity that is not there: of its two codes this is the nearer one.
  return {
    UnprocessedIdentityIds: unprocessed.map((IdentityId) => ({ IdentityId, ErrorCode: 'AccessDenied' })),
  };
};

export const UnlinkIdentity: Operation<UnlinkIdentityCommandInput, UnlinkIdentityCommandOutput> = async (
  context,
  { IdentityId, Logins, LoginsToRemove },
) => {
  const verified = await verifyFor(context, IdentityId, Logins);
  context.store.transaction(() => {
    const { pool, identity } = findUsable(context, IdentityId);
    if (!holdsOneOf(context, pool, identity, proofsOf(context, identity, verified))) throw loginsDontMatch();
    const linked = context.store.loginsOf(identity);
    const removed = LoginsToRemove.flatMap((provider) => removable(pool, linked, provider));
    unlink(context, identity, removed);
  });
  return {};
};

/** The user of a public provider that can be unlinked. [?] both errors. */
function removable({ settings }: Pool, linked: Login[], provider: string): Login {
  if (provider === settings.DeveloperProviderName) {
    throw new AwsError('InvalidParameterException', 'Please provide a valid public provider.');
  }
  const login = linked.find((candidate) => candidate.provider === provider);
  if (login) return login;
  throw new AwsError('ResourceNotFoundException', `No login of ${provider} is linked to this identity.`);
}
