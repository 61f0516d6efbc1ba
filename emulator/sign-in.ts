import { type Context, findIdentity, refuseDisabled } from './context.ts';
import { loginsDontMatch, type Proof, refuseGuests, signInOrSwitch } from './linking.ts';
import { cognitoProvider, type PublicLogin, verifyLogins } from './providers.ts';
import type { Identity, Pool } from './store.ts';

/** Who a public operation acts for: a guest has no logins. */
export type SignedIn = {
  pool: Pool;
  /** Not always the identity that was asked for: see signInOrSwitch. */
  identity: Identity;
  logins: Proof[];
  /** Those of the logins that a public provider's token shows, with its claims. */
  publicLogins: PublicLogin[];
};

/** What the Logins of a request show, once their tokens are verified. */
type Verified = { byCognitoToken: boolean; publicLogins: PublicLogin[] };

/** The check that a public operation on an identity begins with. Throws what AWS answers when it fails. */
export async function signInWith(
  context: Context,
  identityId: string,
  logins: Record<string, string> = {},
): Promise<SignedIn> {
  if (Object.keys(logins).length === 0) return asGuest(context, identityId);
  const verified = await verifyFor(context, identityId, logins);
  return context.store.transaction(() => {
    const { pool, identity } = findUsable(context, identityId);
    const proofs = proofsOf(context, identity, verified);
    const signedIn = signInOrSwitch(context, pool, identity, proofs);
    return { pool, identity: signedIn, logins: proofs, publicLogins: verified.publicLogins };
  });
}

function asGuest(context: Context, identityId: string): SignedIn {
  const { pool, identity } = findUsable(context, identityId);
  if (context.store.loginsOf(identity).length > 0) throw loginsDontMatch();
  refuseGuests(pool);
  return { pool, identity, logins: [], publicLogins: [] };
}

/**
 * Verifies the tokens in Logins. It waits, so whoever changes something afterwards reads the identity again.
 * Throws NotAuthorizedException or InvalidParameterException.
 */
export async function verifyFor(
  context: Context,
  identityId: string,
  logins: Record<string, string>,
): Promise<Verified> {
  const { pool, identity } = findUsable(context, identityId);
  const { [cognitoProvider]: cognitoToken, ...others } = logins;
  if (cognitoToken !== undefined) await verifyCognitoToken(context, pool, identity, cognitoToken);
  const publicLogins = await verifyLogins(context, pool, others);
  return { byCognitoToken: cognitoToken !== undefined, publicLogins };
}

/** A Cognito token of an identity stands for all that is linked to it [?]. */
export function proofsOf({ store }: Context, identity: Identity, verified: Verified): Proof[] {
  return [...(verified.byCognitoToken ? store.loginsOf(identity) : []), ...verified.publicLogins];
}

/** Throws ResourceNotFoundException, or NotAuthorizedException for a disabled identity. */
export function findUsable(context: Context, identityId: string): { pool: Pool; identity: Identity } {
  const found = findIdentity(context, identityId);
  refuseDisabled(found.identity);
  return found;
}

/** [I] A token of another identity or pool, or of a guest, is answered as a login that does not match. */
async function verifyCognitoToken(
  context: Context,
  pool: Pool,
  identity: Identity,
  token: string,
): Promise<void> {
  const { sub, aud, amr } = await context.tokens.verify(token, context.clock.now());
  const isAuthenticated = Array.isArray(amr) && amr[0] === 'authenticated';
  const isOfIdentity = sub === identity.id && aud === pool.settings.IdentityPoolId;
  if (!isAuthenticated || !isOfIdentity) throw loginsDontMatch();
}
