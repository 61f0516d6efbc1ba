import type {
  GetOpenIdTokenForDeveloperIdentityCommandInput,
  GetOpenIdTokenForDeveloperIdentityCommandOutput,
  LookupDeveloperIdentityCommandInput,
  LookupDeveloperIdentityCommandOutput,
  MergeDeveloperIdentitiesCommandInput,
  MergeDeveloperIdentitiesCommandOutput,
  UnlinkDeveloperIdentityCommandInput,
  UnlinkDeveloperIdentityCommandOutput,
} from '@aws-sdk/client-cognito-identity';
import { identityClaims } from '../claims.ts';
import { seconds } from '../clock.ts';
import { type Context, findIdentityOf, findPool, type Operation } from '../context.ts';
import { AwsError } from '../errors.ts';
import { merge, type Proof, signIn, signInAs, unlink } from '../linking.ts';
import { maximumPage, page, startOf } from '../pages.ts';
import { verifyLogins } from '../providers.ts';
import type { Identity, Pool } from '../store.ts';

/** AWS's documented default, in seconds. */
const defaultDuration = 900;
/** All principal tags together, keys and values, in bytes [D]. */
const maximumTagBytes = 460;

export const GetOpenIdTokenForDeveloperIdentity: Operation<
  GetOpenIdTokenForDeveloperIdentityCommandInput,
  GetOpenIdTokenForDeveloperIdentityCommandOutput
> = async (
  context,
  { IdentityPoolId, IdentityId, Logins, PrincipalTags, TokenDuration = defaultDuration },
) => {
  const { store, tokens, clock } = context;
  const pool = findPool(context, IdentityPoolId);
  const { developer, others } = splitLogins(pool, Logins);
  checkTags(PrincipalTags);
  const proofs = [developer, ...(await verifyLogins(context, pool, others))];
  const identity = store.transaction(() => {
    findPool(context, IdentityPoolId); // it may be gone: verifying takes its time
    return IdentityId === undefined
      ? signIn(context, pool, proofs, 'ResourceConflictException')
      : signInDeveloper(context, pool, IdentityId, developer, proofs);
  });
  const claims = identityClaims(pool, identity, proofs, PrincipalTags);
  return {
    IdentityId: identity.id,
    Token: await tokens.sign(pool.region, claims, seconds(clock), TokenDuration),
  };
};

function signInDeveloper(
  context: Context,
  pool: Pool,
  id: string,
  developer: Proof,
  proofs: Proof[],
): Identity {
  const identity = findIdentityOf(context, pool, id);
  const owner = context.store.ownerOf(pool, developer.provider, developer.user);
  if (owner && owner.seq !== identity.seq) {
    // [D] the type, [?] the text
    throw new AwsError(
      'DeveloperUserAlreadyRegisteredException',
      'The developer user identifier is already registered with another identity.',
    );
  }
  signInAs(context, pool, identity, proofs);
  return identity;
}

/** The pool's own developer login, which must be there, and the public logins beside it. */
function splitLogins(pool: Pool, logins: Record<string, string>) {
  const provider = developerProviderOf(pool);
  const { [provider]: user, ...others } = logins;
  if (user === undefined || !Object.hasOwn(logins, provider)) throw unknownDeveloperProvider();
  return { developer: { provider, user }, others };
}

/** Throws InvalidParameterException where the pool has none, or not the one that is named. */
function developerProviderOf({ settings }: Pool, named = settings.DeveloperProviderName): string {
  if (named === undefined || named !== settings.DeveloperProviderName) throw unknownDeveloperProvider();
  return named;
}

/** [O LambdAuth#32; I the type] */
function unknownDeveloperProvider(): AwsError {
  const text = 'This identity pool does not support the specified developer provider';
  return new AwsError('InvalidParameterException', text);
}

function checkTags(tags: Record<string, string> = {}): void {
  const bytes = Object.entries(tags).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (bytes <= maximumTagBytes) return;
  // [D] the limit, [?] type and text
  throw new AwsError('InvalidParameterException', `PrincipalTags exceed ${maximumTagBytes} bytes.`);
}

export const LookupDeveloperIdentity: Operation<
  LookupDeveloperIdentityCommandInput,
  LookupDeveloperIdentityCommandOutput
> = (
  context,
  { IdentityPoolId, IdentityId, DeveloperUserIdentifier, MaxResults = maximumPage, NextToken },
) => {
  const { store } = context;
  const pool = findPool(context, IdentityPoolId);
  const provider = developerProviderOf(pool);
  const identity = lookUp(context, pool, provider, IdentityId, DeveloperUserIdentifier);
  if (IdentityId !== undefined && DeveloperUserIdentifier !== undefined) {
    return { IdentityId, DeveloperUserIdentifierList: [DeveloperUserIdentifier] }; // the pair is echoed [D]
  }
  const listing = `LookupDeveloperIdentity ${identity.id}`;
  const after = startOf(context, listing, NextToken);
  const logins = store.loginsOf(identity).filter((login) => login.provider === provider && login.seq > after);
  const [shown, next] = page(context, listing, logins, MaxResults);
  return { IdentityId: identity.id, DeveloperUserIdentifierList: shown.map((login) => login.user), ...next };
};

function lookUp(context: Context, pool: Pool, provider: string, id?: string, user?: string): Identity {
  if (id === undefined && user === undefined) {
    // [D] one of the two is needed, [?] type and text
    throw new AwsError(
      'InvalidParameterException',
      'Either IdentityId or DeveloperUserIdentifier is required.',
    );
  }
  const byId = id === undefined ? undefined : findIdentityOf(context, pool, id);
  const byUser = user === undefined ? undefined : context.store.ownerOf(pool, provider, user);
  if (byId && user !== undefined && byUser?.seq !== byId.seq) {
    throw foreignUser(); // [D] the type
  }
  const identity = byId ?? byUser;
  if (identity) return identity;
  throw unknownUser();
}

export const MergeDeveloperIdentities: Operation<
  MergeDeveloperIdentitiesCommandInput,
  MergeDeveloperIdentitiesCommandOutput
> = (context, { IdentityPoolId, DeveloperProviderName, SourceUserIdentifier, DestinationUserIdentifier }) => {
  const { store } = context;
  const pool = findPool(context, IdentityPoolId);
  const provider = developerProviderOf(pool, DeveloperProviderName);
  const source = store.ownerOf(pool, provider, SourceUserIdentifier);
  const destination = store.ownerOf(pool, provider, DestinationUserIdentifier);
  if (!source || !destination) throw unknownUser();
  // Two users who share an identity already: a merge that is sent again does no harm [I].
  if (source.seq !== destination.seq) store.transaction(() => merge(context, pool, source, destination));
  return { IdentityId: destination.id };
};

export const UnlinkDeveloperIdentity: Operation<
  UnlinkDeveloperIdentityCommandInput,
  UnlinkDeveloperIdentityCommandOutput
> = (context, { IdentityPoolId, IdentityId, DeveloperProviderName, DeveloperUserIdentifier: user }) => {
  const { store } = context;
  const pool = findPool(context, IdentityPoolId);
  const provider = developerProviderOf(pool, DeveloperProviderName);
  const identity = findIdentityOf(context, pool, IdentityId);
  const owner = store.ownerOf(pool, provider, user);
  // [?] which of the two AWS answers
  if (!owner) throw unknownUser();
  if (owner.seq !== identity.seq) throw foreignUser();
  store.transaction(() => unlink(context, identity, [{ provider, user }]));
  return {};
};

/** [?] type and text */
function unknownUser(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The developer user identifier is not registered.');
}

/** [?] the text */
function foreignUser(): AwsError {
  return new AwsError('ResourceConflictException', 'The developer user identifier is not on this identity.');
}
