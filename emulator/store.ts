import { randomBytes } from 'node:crypto';
import type { IdentityPool, RoleMapping } from '@aws-sdk/client-cognito-identity';
import { Database } from './database.ts';
import type { Wire } from './wire.ts';

export type PoolSettings = Wire<IdentityPool>;
export type Roles = { Roles: Record<string, string>; RoleMappings?: Record<string, Wire<RoleMapping>> };
export type Pool = { seq: number; region: string; account: string; settings: PoolSettings; roles: Roles };

/** A guest is an identity that is not disabled and has no login. A disabled identity never has one. */
export type Identity = { seq: number; id: string; pool: number; disabled: number };

/** With its dates in epoch seconds, which few requests need. */
export type DatedIdentity = Identity & { created: number; modified: number };

/** `user` is the developer user identifier, or the subject of a public provider's token. */
export type Login = { seq: number; provider: string; user: string };
export type TagMap = { UseDefaults: boolean; PrincipalTags: Record<string, string> };

const schema = `
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS signing_keys (region TEXT PRIMARY KEY, pkcs8 TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS pools (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL, account TEXT NOT NULL, settings TEXT NOT NULL, roles TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS tag_maps (
    pool INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE, provider TEXT NOT NULL, map TEXT NOT NULL,
    PRIMARY KEY (pool, provider));
  CREATE TABLE IF NOT EXISTS identities (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    pool INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
    created INTEGER NOT NULL, modified INTEGER NOT NULL, disabled INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX IF NOT EXISTS identities_of_pool ON identities (pool);
  CREATE TABLE IF NOT EXISTS logins (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, pool INTEGER NOT NULL,
    identity INTEGER NOT NULL REFERENCES identities ON DELETE CASCADE,
    provider TEXT NOT NULL, user TEXT NOT NULL, UNIQUE (pool, provider, user));
  CREATE INDEX IF NOT EXISTS logins_of_identity ON logins (identity);
`;

/**
 * All that the emulator remembers, in one SQLite file. While it runs, numbers in `seq` only grow, so a page that starts
 * after one of them stays right while rows come and go. Those of identities are counted here: AUTOINCREMENT
 * writes its own row at each insert, a tenth of what a guest costs. Numbers may come again after a restart, when
 * the latest identities were deleted before it: a listing that goes on over both can miss the new ones, no others.
 */
export class Store {
  readonly #db: Database;
  /** Pools as they were last read: every request needs one, few change one. By id, and by row number. */
  readonly #pools = new Map<string | number, Pool>();
  #lastIdentity: number;

  /** `file` is a path or ':memory:'. Throws when another process has the file open. */
  constructor(file: string) {
    this.#db = new Database(file, schema);
    this.#lastIdentity =
      this.#db.one<{ seq: number | null }>('SELECT max(seq) AS seq FROM identities')?.seq ?? 0;
  }

  close(): void {
    this.#db.close();
  }

  /** All of `work` happens or none of it. It must not wait for anything. */
  transaction<T>(work: () => T): T {
    try {
      return this.#db.transaction(work);
    } catch (error) {
      this.#pools.clear(); // what was read may have been taken back
      throw error;
    }
  }

  /** Forgets pools and identities, and keeps the keys: tokens that are out there stay readable. */
  reset(): void {
    this.#db.run('DELETE FROM pools');
    this.#pools.clear();
  }

  /** 32 random bytes, made once for each file. */
  secret(): Uint8Array {
    const fresh = randomBytes(32);
    this.#db.run("INSERT OR IGNORE INTO secrets VALUES ('seal', ?)", fresh);
    const kept = this.#db.one<{ value: Uint8Array }>("SELECT value FROM secrets WHERE name = 'seal'");
    return kept?.value ?? fresh;
  }

  signingKey(region: string): string | undefined {
    return this.#db.one<{ pkcs8: string }>('SELECT pkcs8 FROM signing_keys WHERE region = ?', region)?.pkcs8;
  }

  signingKeyRegions(): string[] {
    return this.#db
      .all<{ region: string }>('SELECT region FROM signing_keys ORDER BY region')
      .map((row) => row.region);
  }

  addSigningKey(region: string, pkcs8: string): void {
    this.#db.run('INSERT INTO signing_keys VALUES (?, ?)', region, pkcs8);
  }

  addPool(region: string, account: string, settings: PoolSettings): void {
    this.#db.run(
      'INSERT INTO pools (id, region, account, settings, roles) VALUES (?, ?, ?, ?, ?)',
      settings.IdentityPoolId,
      region,
      account,
      JSON.stringify(settings),
      JSON.stringify({ Roles: {} }),
    );
  }

  pool(id: string): Pool | undefined {
    return this.#pools.get(id) ?? this.#keep(this.#db.one<PoolRow>('SELECT * FROM pools WHERE id = ?', id));
  }

  poolOf({ pool }: Identity): Pool | undefined {
    return (
      this.#pools.get(pool) ?? this.#keep(this.#db.one<PoolRow>('SELECT * FROM pools WHERE seq = ?', pool))
    );
  }

  allPools(): Pool[] {
    return this.#db.all<PoolRow>('SELECT * FROM pools ORDER BY seq').map(toPool);
  }

  countPools(region: string, account: string): number {
    const sql = 'SELECT count(*) AS n FROM pools WHERE region = ? AND account = ?';
    return this.#db.one<{ n: number }>(sql, region, account)?.n ?? 0;
  }

  listPools(region: string, account: string, after: number, limit: number): Pool[] {
    const sql = 'SELECT * FROM pools WHERE region = ? AND account = ? AND seq > ? ORDER BY seq LIMIT ?';
    return this.#db.all<PoolRow>(sql, region, account, after, limit).map(toPool);
  }

  setPoolSettings(pool: Pool, settings: PoolSettings): void {
    this.#db.run('UPDATE pools SET settings = ? WHERE seq = ?', JSON.stringify(settings), pool.seq);
    this.#forget(pool);
  }

  setPoolRoles(pool: Pool, roles: Roles): void {
    this.#db.run('UPDATE pools SET roles = ? WHERE seq = ?', JSON.stringify(roles), pool.seq);
    this.#forget(pool);
  }

  deletePool(pool: Pool): void {
    this.#db.run('DELETE FROM pools WHERE seq = ?', pool.seq);
    this.#forget(pool);
  }

  tagMap(pool: Pool, provider: string): TagMap | undefined {
    const sql = 'SELECT map FROM tag_maps WHERE pool = ? AND provider = ?';
    const row = this.#db.one<{ map: string }>(sql, pool.seq, provider);
    return row && JSON.parse(row.map);
  }

  tagMapsOf(pool: Pool): Record<string, TagMap> {
    const sql = 'SELECT provider, map FROM tag_maps WHERE pool = ? ORDER BY provider';
    const rows = this.#db.all<{ provider: string; map: string }>(sql, pool.seq);
    return Object.fromEntries(rows.map((row) => [row.provider, JSON.parse(row.map)]));
  }

  setTagMap(pool: Pool, provider: string, map: TagMap): void {
    this.#db.run('INSERT OR REPLACE INTO tag_maps VALUES (?, ?, ?)', pool.seq, provider, JSON.stringify(map));
  }

  addIdentity(pool: Pool, identity: Omit<DatedIdentity, 'seq' | 'pool'>): DatedIdentity {
    const { id, created, modified, disabled } = identity;
    this.#lastIdentity += 1;
    const seq = this.#lastIdentity;
    const sql =
      'INSERT INTO identities (seq, id, pool, created, modified, disabled) VALUES (?, ?, ?, ?, ?, ?)';
    this.#db.run(sql, seq, id, pool.seq, created, modified, disabled);
    return { ...identity, seq, pool: pool.seq };
  }

  identity(id: string): DatedIdentity | undefined {
    return this.#db.one<DatedIdentity>('SELECT * FROM identities WHERE id = ?', id);
  }

  listIdentities(pool: Pool, after: number, limit: number, hideDisabled: boolean): DatedIdentity[] {
    const sql = `SELECT * FROM identities WHERE pool = ? AND seq > ? AND disabled <= ? ORDER BY seq LIMIT ?`;
    return this.#db.all<DatedIdentity>(sql, pool.seq, after, hideDisabled ? 0 : 1, limit);
  }

  allIdentities(pool: Pool): DatedIdentity[] {
    return this.#db.all<DatedIdentity>('SELECT * FROM identities WHERE pool = ? ORDER BY seq', pool.seq);
  }

  touchIdentity(identity: Identity, now: number): void {
    this.#db.run('UPDATE identities SET modified = ? WHERE seq = ?', now, identity.seq);
  }

  disableIdentity(identity: Identity, now: number): void {
    this.#db.run('UPDATE identities SET disabled = 1, modified = ? WHERE seq = ?', now, identity.seq);
  }

  deleteIdentity(identity: Identity): void {
    this.#db.run('DELETE FROM identities WHERE seq = ?', identity.seq);
  }

  /** The identity that holds a login. */
  ownerOf(pool: Pool, provider: string, user: string): Identity | undefined {
    const sql = `SELECT identities.seq, id, identities.pool, disabled
      FROM logins JOIN identities ON identities.seq = logins.identity
      WHERE logins.pool = ? AND provider = ? AND user = ?`;
    return this.#db.one<Identity>(sql, pool.seq, provider, user);
  }

  /** The oldest link first. */
  loginsOf(identity: Identity): Login[] {
    return this.#db.all<Login>(
      'SELECT seq, provider, user FROM logins WHERE identity = ? ORDER BY seq',
      identity.seq,
    );
  }

  addLogin(identity: Identity, provider: string, user: string): void {
    const sql = 'INSERT INTO logins (pool, identity, provider, user) VALUES (?, ?, ?, ?)';
    this.#db.run(sql, identity.pool, identity.seq, provider, user);
  }

  removeLogin(identity: Identity, provider: string, user: string): void {
    this.#db.run(
      'DELETE FROM logins WHERE identity = ? AND provider = ? AND user = ?',
      identity.seq,
      provider,
      user,
    );
  }

  moveLogins(source: Identity, destination: Identity): void {
    this.#db.run('UPDATE logins SET identity = ? WHERE identity = ?', destination.seq, source.seq);
  }

  #keep(row: PoolRow | undefined): Pool | undefined {
    if (!row) return undefined;
    const pool = toPool(row);
    this.#pools.set(pool.settings.IdentityPoolId, pool).set(pool.seq, pool);
    return pool;
  }

  #forget(pool: Pool): void {
    this.#pools.delete(pool.settings.IdentityPoolId);
    this.#pools.delete(pool.seq);
  }
}

type PoolRow = { seq: number; region: string; account: string; settings: string; roles: string };

function toPool({ seq, region, account, settings, roles }: PoolRow): Pool {
  return { seq, region, account, settings: JSON.parse(settings), roles: JSON.parse(roles) };
}
