import type { Clock } from './clock.ts';
import { AwsError } from './errors.ts';
import type { Providers } from './providers.ts';
import type { Seal } from './seal.ts';
import type { DatedIdentity, Identity, Pool, Store } from './store.ts';
import type { Tokens } from './tokens.ts';
import type { Wire } from './wire.ts';

/** What an operation works with: the emulator's parts, and where the request belongs. */
export type Context = {
  store: Store;
  tokens: Tokens;
  clock: Clock;
  seal: Seal;
  providers: Providers;
  region: string;
  /** The caller's account; undefined for the unsigned operations, which have no caller. */
  account: string | undefined;
};

/** One AWS operation. The input is validated already; an AwsError is what AWS would answer instead. */
export type Operation<Input, Output> = (
  context: Context,
  input: Wire<Input>,
) => Wire<Output> | Promise<Wire<Output>>;

/** Throws ResourceNotFoundException, also for a pool of another region or account. */
export function findPool({ store, region, account }: Context, id: string): Pool {
  const pool = store.pool(id);
  if (pool && isVisible(pool, region, account)) return pool;
  throw new AwsError('ResourceNotFoundException', `IdentityPool '${id}' not found.`); // [O aws-sdk-android-samples#163]
}

/** Throws ResourceNotFoundException. A disabled identity is found: reading it is allowed. */
export function findIdentity(
  { store, region, account }: Context,
  id: string,
): { identity: DatedIdentity; pool: Pool } {
  const identity = store.identity(id);
  const pool = identity && store.poolOf(identity);
  if (identity && pool && isVisible(pool, region, account)) return { identity, pool };
  throw new AwsError('ResourceNotFoundException', `Identity '${id}' not found.`); // [O amplify-js#2301]
}

/** [?] What AWS answers for another account's pool is unknown; here it looks like one that does not exist. */
function isVisible(pool: Pool, region: string, account: string | undefined): boolean {
  return pool.region === region && (account === undefined || pool.account === account);
}

/** Throws NotAuthorizedException for a disabled identity. [O amplify-js#6616] */
export function refuseDisabled(identity: Identity): void {
  if (identity.disabled) throw forbidden(identity.id);
}

export function forbidden(identityId: string): AwsError {
  return new AwsError('NotAuthorizedException', `Access to Identity '${identityId}' is forbidden.`);
}

/** Throws NotAuthorizedException for an identity of another pool: [O] the type, [I] the text. */
export function findIdentityOf(context: Context, pool: Pool, id: string): Identity {
  const { identity } = findIdentity(context, id);
  if (identity.pool !== pool.seq) throw forbidden(id);
  refuseDisabled(identity);
  return identity;
}
