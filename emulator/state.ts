import { type Clock, seconds } from './clock.ts';
import { AwsError } from './errors.ts';
import { checkLogins } from './linking.ts';
import { refuseUnknown } from './members.ts';
import model from './model.json' with { type: 'json' };
import type { DatedIdentity, Login, Pool, PoolSettings, Roles, Store, TagMap } from './store.ts';
import { validate } from './validate.ts';

/** All pools and identities as JSON, for a seed file, a snapshot, or another emulator. Keys are not in it. */
export type State = { pools?: PoolState[]; identities?: IdentityState[] };

/** A pool as CreateIdentityPool takes it, with its id; its region is the id's. */
export type PoolState = PoolSettings &
  Partial<Roles> & {
    /** The emulator's own account when left out. */
    AccountId?: string;
    PrincipalTagMaps?: Record<string, TagMap>;
  };

export type IdentityState = {
  IdentityId: string;
  IdentityPoolId: string;
  /** Epoch seconds; now when left out. */
  CreationDate?: number;
  LastModifiedDate?: number;
  Disabled?: boolean;
  /** The user is a developer user identifier, or the subject of a public provider's tokens. */
  Logins?: { Provider: string; User: string }[];
};

export function exportState(store: Store): Required<State> {
  const pools = store.allPools();
  return {
    pools: pools.map((pool) => ({
      ...pool.settings,
      ...pool.roles,
      AccountId: pool.account,
      PrincipalTagMaps: store.tagMapsOf(pool),
    })),
    identities: pools.flatMap((pool) =>
      store.allIdentities(pool).map((identity) => describe(store, pool, identity)),
    ),
  };
}

function describe(store: Store, { settings }: Pool, identity: DatedIdentity): IdentityState {
  return {
    IdentityId: identity.id,
    IdentityPoolId: settings.IdentityPoolId,
    CreationDate: identity.created,
    LastModifiedDate: identity.modified,
    Disabled: identity.disabled === 1,
    Logins: store.loginsOf(identity).map(({ provider, user }: Login) => ({ Provider: provider, User: user })),
  };
}

/**
 * Puts `state` in the place of everything that is stored, or changes nothing.
 * Throws the AwsError that tells what could not be a state.
 */
export function importState(store: Store, clock: Clock, accountId: string, state: State): void {
  refuseUnknown(state, ['pools', 'identities'], 'A state');
  store.transaction(() => {
    store.reset();
    for (const pool of state.pools ?? []) addPool(store, accountId, pool);
    for (const identity of state.identities ?? []) addIdentity(store, seconds(clock), identity);
  });
}

function addPool(store: Store, accountId: string, state: PoolState): void {
  const settings = validate('IdentityPool', state) as PoolSettings;
  const id = settings.IdentityPoolId;
  refuseUnknown(state, poolMembers, `Pool '${id}'`);
  if (store.pool(id)) throw invalid(`IdentityPool '${id}' is there twice`);
  const { AccountId = accountId } = state;
  validate('AccountId', AccountId, 'accountId');
  store.addPool(regionOf(id), AccountId, { IdentityPoolTags: {}, ...settings });
  const pool = store.pool(id);
  if (!pool) return;
  const { Roles = {}, RoleMappings, PrincipalTagMaps = {} } = state;
  validate('SetIdentityPoolRolesInput', { IdentityPoolId: id, Roles, RoleMappings });
  store.setPoolRoles(pool, { Roles, ...(RoleMappings && { RoleMappings }) });
  for (const [IdentityProviderName, map] of Object.entries(PrincipalTagMaps)) {
    validate('SetPrincipalTagAttributeMapInput', { IdentityPoolId: id, IdentityProviderName, ...map });
    const { UseDefaults = false, PrincipalTags = {} } = map;
    store.setTagMap(pool, IdentityProviderName, { UseDefaults, PrincipalTags });
  }
}

const poolMembers = [
  ...Object.keys(model.shapes.IdentityPool.members),
  'Roles',
  'RoleMappings',
  'AccountId',
  'PrincipalTagMaps',
];
const identityMembers = [
  'IdentityId',
  'IdentityPoolId',
  'CreationDate',
  'LastModifiedDate',
  'Disabled',
  'Logins',
];

function addIdentity(store: Store, now: number, state: IdentityState): void {
  const { IdentityId: id, CreationDate: created = now, LastModifiedDate: modified = created } = state;
  const { IdentityPoolId, Logins = [] } = state;
  refuseUnknown(state, identityMembers, `Identity '${id}'`);
  validate('IdentityId', id, 'identityId');
  validate('IdentityPoolId', IdentityPoolId, 'identityPoolId');
  for (const { Provider, User } of Logins) {
    validate('IdentityProviderName', Provider, 'provider');
    validate('DeveloperUserIdentifier', User, 'user');
  }
  if (![created, modified].every(Number.isInteger))
    throw invalid(`Identity '${id}' has dates that are no epoch seconds`);
  const pool = store.pool(IdentityPoolId);
  if (!pool) throw invalid(`Identity '${id}' is of an unknown pool`);
  if (state.Disabled && Logins.length > 0) throw invalid(`Identity '${id}' is disabled and has logins`);
  if (regionOf(id) !== pool.region) throw invalid(`Identity '${id}' is of another region than its pool`);
  const proofs = Logins.map(({ Provider: provider, User: user }) => ({ provider, user }));
  checkLogins(pool, proofs, 'InvalidParameterException');
  if (store.identity(id)) throw invalid(`Identity '${id}' is there twice`);
  const identity = store.addIdentity(pool, { id, created, modified, disabled: state.Disabled ? 1 : 0 });
  for (const { provider, user } of proofs) {
    if (store.ownerOf(pool, provider, user)) throw invalid(`A login of '${id}' is there twice`);
    store.addLogin(identity, provider, user);
  }
}

/** An id begins with its region. */
function regionOf(id: string): string {
  return id.split(':')[0] ?? '';
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid state: ${reason}.`);
}
