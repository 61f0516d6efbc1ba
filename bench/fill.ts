import { randomBytes, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { Store } from '../emulator/store.ts';
import { groups, keys, now } from '../lib/table.ts';
import { developerProviderName, tableName } from '../local/settings.ts';

/** As much of dynalite as it takes to put items into its files, past its HTTP, which would take an hour. */
interface Table {
  GlobalSecondaryIndexes: { IndexName: string }[];
}
interface Level {
  batch: (operations: { type: 'put'; key: string; value: object }[], done: (error?: Error) => void) => void;
}
interface Database {
  getTable: (
    name: string,
    checkStatus: boolean,
    done: (error: Error | undefined, table: Table) => void,
  ) => void;
  getItemDb: (name: string) => Level;
  getIndexDb: (type: string, table: string, index: string) => Level;
  db: { close: () => Promise<void> };
}
interface Dynalite {
  create: (options: { path: string; createTableMs: number }) => Database;
  createKey: (item: object, table: Table) => string;
  getIndexActions: (
    indexes: object[],
    before: undefined,
    item: object,
    table: Table,
  ) => { puts: { index: string; key: string; item: object }[] };
}

/** Puts so many identities, user0 and on, and a session of each, into a stopped local stack's folder. */
export const fill = async (folder: string, identityPoolId: string, count: number) => {
  fillCognito(`${folder}/cognito-identity.sqlite`, identityPoolId, count);
  await fillDynamoDB(`${folder}/dynamodb`, count);
};

const fillCognito = (file: string, identityPoolId: string, count: number) => {
  const store = new Store(file);
  const pool = store.pool(identityPoolId);
  if (!pool) throw new Error('The pool is not there');
  store.transaction(() => {
    for (let index = 0; index < count; index += 1) {
      const id = `us-east-1:${randomUUID()}`;
      const identity = store.addIdentity(pool, { id, created: 1, modified: 1, disabled: 0 });
      store.addLogin(identity, developerProviderName, `user${index}`);
    }
  });
  store.close();
};

const fillDynamoDB = async (path: string, count: number) => {
  const dynalite = createRequire(import.meta.url)('dynalite/db') as Dynalite;
  const database = dynalite.create({ path, createTableMs: 0 });
  const table = await promisify(database.getTable)(tableName, false);
  const { GlobalSecondaryIndexes: indexes } = table;
  const [items, index] = [
    database.getItemDb(tableName),
    database.getIndexDb('global', tableName, indexes[0]?.IndexName ?? ''),
  ];
  const step = 5_000;
  for (let first = 0; first < count; first += step) {
    const sessions = Array.from({ length: Math.min(step, count - first) }, (_, one) =>
      session(`user${first + one}`),
    );
    const puts = sessions.map((item) => ({
      type: 'put' as const,
      key: dynalite.createKey(item, table),
      value: item,
    }));
    await promisify(items.batch)(puts);
    const indexed = sessions
      .flatMap((item) => dynalite.getIndexActions(indexes, undefined, item, table).puts)
      .map(({ key, item }) => ({ type: 'put' as const, key, value: item }));
    await promisify(index.batch)(indexed);
  }
  await database.db.close();
};

/** An item as lib/sessions.ts writes it. */
const session = (userId: string) => ({
  pk: { S: keys.session(randomBytes(16).toString('base64url')).pk },
  group: { S: groups.sessionsOf(userId) },
  user: { M: { userId: { S: userId }, attributes: { M: {} } } },
  durationSeconds: { N: '900' },
  secretHash: { S: randomBytes(32).toString('base64url') },
  refreshedAt: { N: String(now()) },
  expiresAt: { N: String(now() + 7_776_000) },
});
