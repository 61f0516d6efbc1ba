import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { hashPassword } from './password.ts';
import { fromTable, keys, type Table } from './table.ts';

/** A user of the directory. `userId` is what Cognito knows: opaque, and the same for ever. */
export interface DirectoryUser {
  username: string;
  userId: string;
  passwordHash: string;
  disabled: boolean;
  attributes: Record<string, string>;
  createdAt: string;
}

/** RFC 8265 §3.3: one user whatever the case or width the name is typed in. */
export const normalizeUsername = (username: string) =>
  username.normalize('NFKC').toLowerCase().normalize('NFKC');

const keyOf = (username: string) => keys.user(normalizeUsername(username));

export const findUser = async (
  { client, name }: Table,
  username: string,
  abortSignal?: AbortSignal,
): Promise<DirectoryUser | undefined> => {
  // Consistent, so that a user who was just disabled is.
  const command = new GetCommand({ TableName: name, Key: keyOf(username), ConsistentRead: true });
  const { Item } = await fromTable(client.send(command, abortSignal ? { abortSignal } : {}));
  return Item as DirectoryUser | undefined;
};

/** Adds a user with a new userId, or with the given one. @throws Error when the name is taken. */
export const addUser = async (
  { client, name }: Table,
  user: { username: string; password: string; attributes?: Record<string, string>; userId?: string },
): Promise<DirectoryUser> => {
  const item: DirectoryUser = {
    username: normalizeUsername(user.username),
    userId: user.userId ?? randomUUID(),
    passwordHash: await hashPassword(user.password),
    disabled: false,
    attributes: user.attributes ?? {},
    createdAt: new Date().toISOString(),
  };
  const command = new PutCommand({
    TableName: name,
    Item: { ...keyOf(user.username), ...item },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  if (await meetsCondition(client.send(command))) return item;
  throw new Error(`There is a user ${item.username} already`);
};

/** Replaces a hash by a newer one of the same password, unless the password was changed meanwhile. */
export const upgradePasswordHash = async (
  { client, name }: Table,
  user: DirectoryUser,
  passwordHash: string,
): Promise<void> => {
  const command = new UpdateCommand({
    TableName: name,
    Key: keyOf(user.username),
    UpdateExpression: 'SET passwordHash = :new',
    ConditionExpression: 'passwordHash = :old',
    ExpressionAttributeValues: { ':new': passwordHash, ':old': user.passwordHash },
  });
  await meetsCondition(client.send(command));
};

/** Gives a user another password. @throws Error when there is none of that name. */
export const setPassword = async (
  { client, name }: Table,
  username: string,
  password: string,
): Promise<void> => {
  const command = new UpdateCommand({
    TableName: name,
    Key: keyOf(username),
    UpdateExpression: 'SET passwordHash = :hash',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':hash': await hashPassword(password) },
  });
  if (!(await meetsCondition(client.send(command)))) throw new Error(`There is no user ${username}`);
};

/** Disables or enables a user. @throws Error when there is none of that name. */
export const setDisabled = async (
  { client, name }: Table,
  username: string,
  disabled: boolean,
): Promise<void> => {
  const command = new UpdateCommand({
    TableName: name,
    Key: keyOf(username),
    UpdateExpression: 'SET disabled = :disabled',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':disabled': disabled },
  });
  if (!(await meetsCondition(client.send(command)))) throw new Error(`There is no user ${username}`);
};

/** All users, in no order. Reads the whole table: for the command line, not for a function. */
export async function* listUsers({ client, name }: Table): AsyncGenerator<DirectoryUser> {
  const pages = paginateScan(
    { client },
    {
      TableName: name,
      FilterExpression: 'begins_with(pk, :user)',
      ExpressionAttributeValues: { ':user': 'user#' },
    },
  );
  for await (const { Items = [] } of pages) yield* Items as DirectoryUser[];
}

const meetsCondition = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await fromTable(write);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
};
