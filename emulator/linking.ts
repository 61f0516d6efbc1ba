import { randomUUID } from 'node:crypto';
import { seconds } from './clock.ts';
import { type Context, refuseDisabled } from './context.ts';
import { AwsError, type ErrorType } from './errors.ts';
import type { Identity, Pool } from './store.ts';

/** A login that has been shown to be true: by the developer's signature, or by a verified token. */
export type Proof = { provider: string; user: string };

/** AWS's quota of linked logins for one identity [D]. */
export const maximumLogins = 20;

/** The identity of a first visit without logins. Throws NotAuthorizedException where the pool wants a login. */
export function newGuest(context: Context, pool: Pool): Identity {
  refuseGuests(pool);
  return newIdentity(context, pool);
}

export function refuseGuests(pool: Pool): void {
  if (pool.settings.AllowUnauthenticatedIdentities) return;
  throw new AwsError(
    'NotAuthorizedException',
    'Unauthenticated access is not supported for this identity pool.', // [O aws-sdk-js-v3#3113]
  );
}

/**
 * The one identity behind these proofs; the proofs it lacks are linked to it, and when none is known they
 * make a new one. Throws ResourceConflictException when they belong to different identities [I].
 */
export function signIn(context: Context, pool: Pool, proofs: Proof[], tooMany: ErrorType): Identity {
  const owners = ownersOf(context, pool, proofs);
  if (owners.length > 1) throw takenLogin();
  const identity = owners[0] ?? newIdentity(context, pool);
  link(context, pool, identity, proofs, tooMany);
  return identity;
}

/**
 * Uses `identity` with these proofs and links those that are new.
 * Throws NotAuthorizedException when the identity has logins and none of them is among the proofs
 * [O aws-sdk-net#1112], ResourceConflictException when a proof belongs to another identity [D].
 */
export function signInAs(context: Context, pool: Pool, identity: Identity, proofs: Proof[]): void {
  refuseDisabled(identity);
  const isGuest = context.store.loginsOf(identity).length === 0;
  if (!isGuest && !holdsOneOf(context, pool, identity, proofs)) throw loginsDontMatch();
  const owners = ownersOf(context, pool, proofs);
  if (owners.some((owner) => owner.seq !== identity.seq)) throw takenLogin();
  link(context, pool, identity, proofs, 'ResourceConflictException');
}

/**
 * signInAs, for the public operations. A guest who signs in with the login of a known identity becomes that
 * identity, which is answered; the guest's own identity is disabled [D: the answered id may differ].
 */
export function signInOrSwitch(context: Context, pool: Pool, identity: Identity, proofs: Proof[]): Identity {
  refuseDisabled(identity);
  const [owner, ...others] = ownersOf(context, pool, proofs);
  const isGuest = context.store.loginsOf(identity).length === 0;
  if (!owner || others.length > 0 || !isGuest) {
    signInAs(context, pool, identity, proofs);
    return identity;
  }
  link(context, pool, owner, proofs, 'ResourceConflictException');
  context.store.disableIdentity(identity, seconds(context.clock));
  return owner;
}

/**
 * Moves every login of `source` to `destination` and disables `source` [I, from the login-driven merge, D].
 * Throws ResourceConflictException [I] past 20 logins, or for two users of one public provider [D].
 */
export function merge({ store, clock }: Context, pool: Pool, source: Identity, destination: Identity): void {
  checkLogins(pool, [...store.loginsOf(destination), ...store.loginsOf(source)], 'ResourceConflictException');
  store.moveLogins(source, destination);
  store.disableIdentity(source, seconds(clock));
  store.touchIdentity(destination, seconds(clock));
}

/** Takes logins away. Without the last one the identity is disabled for good [D, O aws-sdk-unity#114]. */
export function unlink({ store, clock }: Context, identity: Identity, logins: Proof[]): void {
  for (const { provider, user } of logins) store.removeLogin(identity, provider, user);
  if (store.loginsOf(identity).length === 0) store.disableIdentity(identity, seconds(clock));
  else store.touchIdentity(identity, seconds(clock));
}

export function holdsOneOf(context: Context, pool: Pool, identity: Identity, proofs: Proof[]): boolean {
  return ownersOf(context, pool, proofs).some((owner) => owner.seq === identity.seq);
}

function link(
  { store, clock }: Context,
  pool: Pool,
  identity: Identity,
  proofs: Proof[],
  tooMany: ErrorType,
): void {
  const missing = proofs.filter(({ provider, user }) => !store.ownerOf(pool, provider, user));
  if (missing.length === 0) return;
  checkLogins(pool, [...store.loginsOf(identity), ...missing], tooMany);
  for (const { provider, user } of missing) store.addLogin(identity, provider, user);
  store.touchIdentity(identity, seconds(clock));
}

/** One user of each public provider [D]; of the developer provider as many as there is room for [D]. */
export function checkLogins(pool: Pool, logins: Proof[], tooMany: ErrorType): void {
  if (logins.length > maximumLogins) {
    throw new AwsError(tooMany, `An identity cannot have more than ${maximumLogins} linked logins.`); // [?] the text
  }
  const publicProviders = logins
    .map((login) => login.provider)
    .filter((provider) => provider !== pool.settings.DeveloperProviderName);
  if (new Set(publicProviders).size < publicProviders.length) throw takenLogin();
}

function newIdentity({ store, clock }: Context, pool: Pool): Identity {
  const now = seconds(clock);
  const id = `${pool.region}:${randomUUID()}`;
  return store.addIdentity(pool, { id, created: now, modified: now, disabled: 0 });
}

function ownersOf({ store }: Context, pool: Pool, proofs: Proof[]): Identity[] {
  const owners = proofs.flatMap(({ provider, user }) => store.ownerOf(pool, provider, user) ?? []);
  return [...new Map(owners.map((owner) => [owner.seq, owner])).values()];
}

/** [?] the text */
function takenLogin(): AwsError {
  return new AwsError('ResourceConflictException', 'This login is already linked to another account.');
}

/** [O amplify-js#2443] */
export function loginsDontMatch(): AwsError {
  const text =
    "Logins don't match. Please include at least one valid login for this identity or identity pool.";
  return new AwsError('NotAuthorizedException', text);
}
