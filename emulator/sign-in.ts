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

/** The check every public operation on an identity begins with. Throws what AWS answers when it fails. */
export async function signInWith(
  context: Context,
  identityId: string,
  logins: Record<string, string> = {},
): Promise<SignedIn> {
  const { pool, identity } = findIdentity(context, identityId);
  refuseDisabled(identity);
  if (Object.keys(logins).length === 0) return asGuest(context, pool, identity);
  const { [cognitoProvider]: cognitoToken, ...others } = logins;
  if (cognitoToken !== undefined) await verifyCognitoToken(context, pool, identity, cognitoToken);
  const publicLogins = await verifyLogins(context, pool, others);
  return context.store.transaction(() => {
    // Read again: the identity may have changed while the tokens were verified.
    const current = findIdentity(context, identityId).identity;
    // A Cognito token of an identity stands for all that is linked to it [?].
    const proofs = [...(cognitoToken === undefined ? [] : context.store.loginsOf(current)), ...publicLogins];
    const signedIn = signInOrSwitch(context, pool, current, proofs);
    return { pool, identity: signedIn, logins: proofs, publicLogins };
  });
}

function asGuest({ store }: Context, pool: Pool, identity: Identity): SignedIn {
  if (store.loginsOf(identity).length > 0) throw loginsDontMatch();
  refuseGuests(pool);
  return { pool, identity, logins: [], publicLogins: [] };
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
  if (sub !== identity.id || aud !== pool.settings.IdentityPoolId || !isAuthenticated)
    throw loginsDontMatch();
}
