import { randomUUID } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { hashPassword } from './password.ts';
import { passwordCredentials } from './schemas.ts';
import { endSessionsOf } from './session-items.ts';
import { fromTable, ifCondition, keys, type Table } from './table.ts';

/** A user of the directory. `userId` is what Cognito knows: opaque, and the same for ever. */
export interface DirectoryUser {
  username: string;
  userId: string;
  passwordHash: string;
  disabled: boolean;
  /** Another one with every new password: a session of an earlier one is over. */
  generation?: string;
  attributes: Record<string, string>;
  createdAt: string;
}

/** One user whatever the case, width or Unicode form that the name is typed in. */
export const normalizeUsername = (username: string) =>
  username.normalize('NFKC').toLowerCase().normalize('NFKC');

/**
 * The name without what can't be seen: control and format characters, fillers, variation selectors, and what Unicode
 * has given no look. A backend may ignore those.
 */
export const visible = (username: string) =>
  normalizeUsername(normalizeUsername(username).replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, ''));

const fitsKey = (username: string) => Buffer.byteLength(normalizeUsername(username)) <= 1_024;

const keyOf = (username: string) => keys.user(normalizeUsername(username));

/**
 * A user's key, or undefined for what nobody is called: NFKC can make a name many times longer, and a key of DynamoDB
 * has 2,048 bytes.
 */
export const userKey = (username: string) => (fitsKey(username) ? keyOf(username) : undefined);

export const findUser = async (
  { client, name }: Table,
  username: string,
  abortSignal?: AbortSignal,
): Promise<DirectoryUser | undefined> => {
  const Key = userKey(username);
  if (!Key) return undefined;
  // Consistent, so that a user who was just disabled is.
  const command = new GetCommand({ TableName: name, Key, ConsistentRead: true });
  const { Item } = await fromTable(client.send(command, abortSignal ? { abortSignal } : {}));
  return Item as DirectoryUser | undefined;
};

/** @throws Error for a name that no login could give, or that looks like another */
const refuseUnusableName = (username: string) => {
  if (!passwordCredentials.shape.username.safeParse(username).success || !fitsKey(username))
    throw new Error('The username is too long');
  // Spaces at the ends can't be seen either.
  if (visible(username) !== normalizeUsername(username) || /^\p{Z}|\p{Z}$/u.test(username))
    throw new Error('The username has invisible characters');
};

/** @throws Error for a password that no login could give */
const refuseUnusablePassword = (password: string) => {
  if (!passwordCredentials.shape.password.safeParse(password).success)
    throw new Error('The password is too long');
};

/** Adds a user with a new userId, or with the given one. @throws Error when the name is taken, or unusable. */
export const addUser = async (
  { client, name }: Table,
  user: { username: string; password: string; attributes?: Record<string, string>; userId?: string },
): Promise<DirectoryUser> => {
  refuseUnusableName(user.username);
  refuseUnusablePassword(user.password);
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
  if (await ifCondition(client.send(command))) return item;
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
  await ifCondition(client.send(command));
};

/**
 * Gives a user another password, and ends their sessions: it may have been stolen.
 * @throws Error when there is none of that name, or the password is unusable.
 */
export const setPassword = async (
  { client, name }: Table,
  username: string,
  password: string,
): Promise<void> => {
  refuseUnusablePassword(password);
  const command = new UpdateCommand({
    TableName: name,
    Key: keyOf(username),
    UpdateExpression: 'SET passwordHash = :hash, generation = :generation',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':hash': await hashPassword(password), ':generation': randomUUID() },
    ReturnValues: 'ALL_NEW',
  });
  const updated = await ifCondition(client.send(command));
  if (!updated) throw new Error(`There is no user ${username}`);
  await endSessionsOf({ client, name }, updated.Attributes?.userId);
};

/** Disables or enables a user. Disabled, they are out: their sessions end. @throws Error when there is none of that name. */
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
    ReturnValues: 'ALL_NEW',
  });
  const updated = await ifCondition(client.send(command));
  if (!updated) throw new Error(`There is no user ${username}`);
  if (disabled) await endSessionsOf({ client, name }, updated.Attributes?.userId);
};

/** Replaces all attributes of a user, from their next login or refresh on. @throws Error when there is none of that name. */
export const setAttributes = async (
  { client, name }: Table,
  username: string,
  attributes: Record<string, string>,
): Promise<void> => {
  const command = new UpdateCommand({
    TableName: name,
    Key: keyOf(username),
    UpdateExpression: 'SET attributes = :attributes',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':attributes': attributes },
  });
  if (!(await ifCondition(client.send(command)))) throw new Error(`There is no user ${username}`);
};

/**
 * Removes a user and ends their sessions. Their identity on AWS stays. Answers who it was.
 * @throws Error when there is none of that name.
 */
export const removeUser = async ({ client, name }: Table, username: string): Promise<DirectoryUser> => {
  const command = new DeleteCommand({
    TableName: name,
    Key: keyOf(username),
    ConditionExpression: 'attribute_exists(pk)',
    ReturnValues: 'ALL_OLD',
  });
  const removed = await ifCondition(client.send(command));
  if (!removed) throw new Error(`There is no user ${username}`);
  const user = removed.Attributes as DirectoryUser;
  await endSessionsOf({ client, name }, user.userId);
  return user;
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
