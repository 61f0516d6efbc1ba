import { parseArgs } from 'node:util';
import { openTable, type Table } from '../lib/table.ts';
import {
  addUser,
  findUser,
  listUsers,
  normalizeUsername,
  removeUser,
  setAttributes,
  setDisabled,
  setPassword,
} from '../lib/users.ts';
import { readPassword } from './read-password.ts';
import { port, region, tableName, useLocalCredentials } from './settings.ts';

const usage = `Manages the users of the directory authenticator.

  npm run users -- add <username> [--attribute <name>=<value>]... [--user-id <id>]
  npm run users -- set-password <username>
  npm run users -- set-attributes <username> [--attribute <name>=<value>]...
  npm run users -- disable <username>
  npm run users -- enable <username>
  npm run users -- remove <username>
  npm run users -- list

The password is asked for, or read from standard input: never an argument, which the shell would keep.
--user-id takes over an id that the user already has; without it a new one is made. Case does not matter in
usernames. set-attributes replaces all of them: without --attribute there are none. They count from the user's next
login or refresh on.

disable and remove end the user's sessions. remove leaves their identity on AWS, which is whoever's has the user id:
never give that id to somebody else. DELETE /identities/{identityId} of the staff API erases the identity.

With TABLE_NAME (and AWS_REGION, and AWS credentials) it is that table's users, else those of the stack that
"npm start" runs here: set DYNAMODB_PORT to what it prints where that isn't 3002.`;

/** Each with the options that it takes. */
const commands: Record<string, string[]> = {
  add: ['attribute', 'user-id'],
  'set-password': [],
  'set-attributes': ['attribute'],
  disable: [],
  enable: [],
  remove: [],
  list: [],
};

/** What is told with how it is meant. */
class UsageError extends Error {}

const run = async (args: string[]) => {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      attribute: { type: 'string', multiple: true },
      'user-id': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const [command, username = '', ...more] = positionals;
  if (values.help || !command) return console.log(usage);
  if (!Object.hasOwn(commands, command)) throw new UsageError(`There is no command ${command}`);
  if (command !== 'list' && username === '') throw new UsageError(`${command} needs a username`);
  const [ignored] = command === 'list' ? positionals.slice(1) : more;
  if (ignored !== undefined) throw new UsageError(`${command} does not take ${ignored}`);
  const option = Object.keys(values).find((name) => !commands[command]?.includes(name));
  if (option) throw new UsageError(`${command} does not take --${option}`);
  const attributes = Object.fromEntries((values.attribute ?? []).map(toAttribute));
  const table = theTable();
  switch (command) {
    case 'add': {
      const userId = values['user-id'];
      await refuseTaken(table, username, userId);
      const password = await readPassword();
      const user = await addUser(table, { username, password, attributes, ...(userId && { userId }) });
      return console.log(`${user.username} added, user id ${user.userId}`);
    }
    case 'set-password':
      await setPassword(table, username, await readPassword());
      return console.log(`${username} has a new password`);
    case 'set-attributes':
      await setAttributes(table, username, attributes);
      return console.log(`${username} has the attributes ${JSON.stringify(attributes)}`);
    case 'remove': {
      const { userId } = await removeUser(table, username);
      return console.log(`${username} removed, user id ${userId}: never give it to somebody else`);
    }
    case 'disable':
    case 'enable':
      await setDisabled(table, username, command === 'disable');
      return console.log(`${username} ${command}d`);
    case 'list':
      for (const user of await sortedUsers(table)) {
        const state = user.disabled ? 'disabled' : 'enabled';
        const attributes = JSON.stringify(user.attributes);
        console.log([user.username, user.userId, state, user.createdAt, attributes].join('\t'));
      }
  }
};

const sortedUsers = async (table: Table) =>
  (await Array.fromAsync(listUsers(table))).sort((one, other) => (one.username < other.username ? -1 : 1));

/** Before a password is asked for. Two users with one id would be one identity on AWS. */
const refuseTaken = async (table: Table, username: string, userId: string | undefined) => {
  if (await findUser(table, username))
    throw new Error(`There is a user ${normalizeUsername(username)} already`);
  if (!userId) return;
  const owner = (await Array.fromAsync(listUsers(table))).find((user) => user.userId === userId);
  if (owner) throw new Error(`The user id ${userId} is ${owner.username}'s`);
};

const theTable = (): Table => {
  if (process.env.TABLE_NAME) return openTable(process.env.TABLE_NAME, process.env.AWS_REGION || region);
  useLocalCredentials();
  return openTable(tableName, region, `http://localhost:${port('DYNAMODB_PORT', 3002)}`);
};

const toAttribute = (argument: string): [string, string] => {
  const at = argument.indexOf('=');
  if (at < 1) throw new Error('--attribute takes <name>=<value>');
  return [argument.slice(0, at), argument.slice(at + 1)];
};

const explain = (error: NodeJS.ErrnoException): string => {
  if (error.cause instanceof Error) return `${error.message}: ${explain(error.cause)}`;
  if (error.code === 'ECONNREFUSED') {
    return `${error.message}. Is "npm start" running? With another port, set DYNAMODB_PORT to it`;
  }
  if (error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS')) {
    return `${error.message}\n\n${usage}`;
  }
  if (error.name === 'CredentialsProviderError')
    return `With TABLE_NAME, AWS credentials are needed. ${error.message}`;
  return error.message;
};

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(explain(error as Error));
  process.exitCode = 1;
}
