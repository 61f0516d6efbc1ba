import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, test } from 'node:test';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { timeLimits } from '../../lib/config.ts';
import { keys } from '../../lib/table.ts';
import { setDisabled } from '../../lib/users.ts';
import { demoPassword as password, tableName } from '../../local/settings.ts';
import { awsError, startFront } from '../support/front.ts';
import { frozenClock, sessionsOf } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

// 200 at once take their time.
Object.assign(timeLimits, { awsAttempt: 60_000, awsConnect: 60_000 });
const front = await startFront();
const stack = await testStack({ AWS_ENDPOINT_URL_DYNAMODB: front.url });
front.target = stack.dynamodbUrl;
const { table, newUser, items } = sessionsOf(stack);
const { handler } = await import('../../functions/login.ts');
const recorded = JSON.parse(await readFile('events/login.json', 'utf8')) as APIGatewayProxyEventV2;
const context = { getRemainingTimeInMillis: () => 120_000 } as Context;

let addresses = 0;
/** An address that no test has used. */
const newAddress = () => {
  addresses++;
  return `198.51.${addresses >> 8}.${addresses & 255}`;
};

/** The locally running gateway has one address only: as events, logins come from any. */
const login = async (sourceIp: string, username: string, given: string = password) => {
  const event: APIGatewayProxyEventV2 = {
    ...recorded,
    requestContext: {
      ...recorded.requestContext,
      http: { ...recorded.requestContext.http, sourceIp },
    },
    body: JSON.stringify({ username, password: given }),
  };
  const { statusCode = 0, headers = {}, body = '' } = await handler(event, context);
  const { code } = JSON.parse(body) as { code?: string };
  const retryAfter = headers['retry-after'];
  return { status: statusCode, code, retryAfter: retryAfter === undefined ? undefined : Number(retryAfter) };
};
const fail = async (sourceIp: string, username: string, times = 1) => {
  for (let time = 0; time < times; time++) {
    const { status } = await login(sourceIp, username, 'wrong');
    assert.equal(status, 401, `failure ${time + 1} of ${times}`);
  }
};
const tooSoon = (retryAfter: number) => ({ status: 429, code: 'too_many_attempts', retryAfter });
const assertSlowed = async (sourceIp: string, username: string, seconds: number) =>
  assert.deepEqual(await login(sourceIp, username), tooSoon(seconds));
const assertIn = async (sourceIp: string, username: string) =>
  assert.equal((await login(sourceIp, username)).status, 200);

afterEach(() => {
  front.take = undefined;
});

test("a pair's delays double after three failures, up to a minute, and Retry-After is true", async (t) => {
  const clock = frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  await fail(address, username, 3);
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    await assertSlowed(address, username, seconds);
    clock.advance(seconds - 1);
    await assertSlowed(address, username, 1);
    clock.advance(1);
    await fail(address, username);
  }
  clock.advance(60);
  await assertIn(address, username);
});

test('a refused attempt is not counted: whoever waits as told gets in', async (t) => {
  const clock = frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  await fail(address, username, 3);
  for (let time = 0; time < 5; time++) await assertSlowed(address, username, 1);
  clock.advance(1);
  await assertIn(address, username);
});

test("success clears the pair's failures", async (t) => {
  const clock = frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  await fail(address, username, 3);
  clock.advance(1);
  await assertIn(address, username);
  await fail(address, username, 3);
  await assertSlowed(address, username, 1);
});

test('failures are forgotten an hour after the last', async (t) => {
  const clock = frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  await fail(address, username, 3);
  clock.advance(3_599);
  await fail(address, username);
  await assertSlowed(address, username, 2);
  clock.advance(3_600);
  await fail(address, username, 3);
  await assertSlowed(address, username, 1);
});

/** How many of so many guesses at once were tried. */
const guessAtOnce = async (count: number, guess: (index: number) => ReturnType<typeof login>) => {
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => guess(index)));
  const tried = answers.filter(({ status }) => status === 401);
  const refused = answers.filter(({ status }) => status !== 401);
  for (const answer of refused) assert.deepEqual(answer, tooSoon(1));
  return tried.length;
};

test('of 200 guesses at once the free ones are tried: also an hour after others', async (t) => {
  const clock = frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  for (let hour = 0; hour < 2; hour++) {
    assert.equal(await guessAtOnce(200, () => login(address, username, 'wrong')), 3);
    await assertSlowed(address, username, 1);
    // They have not used up what others have.
    await assertIn(address, (await newUser()).username);
    clock.advance(3_600);
  }
});

test('of 200 accounts that are tried at once at one address, or at one site, twenty are', async (t) => {
  const clock = frozenClock(t);
  const known = await newUser();
  const [one, another] = [newAddress(), '2001:db8:1:ffff::1'];
  for (const address of [one, another]) await assertIn(address, known.username);
  clock.advance(1);
  assert.equal(await guessAtOnce(200, (n) => login(one, `victim-${n}-${one}`, 'wrong')), 20);
  assert.equal(await guessAtOnce(200, (n) => login(`2001:db8:1:${n}::1`, `victim-${n}`, 'wrong')), 20);
  // Whoever is known there is not held up.
  for (const address of [one, another]) await assertIn(address, known.username);
});

test('where an account has succeeded, guesses at once are all counted, and from then on told apart', async (t) => {
  const clock = frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  await assertIn(address, username);
  await Promise.all(Array.from({ length: 5 }, () => fail(address, username)));
  await assertSlowed(address, username, 4);
  clock.advance(4);
  await assertIn(address, username);
  await fail(address, username);
  assert.equal(await guessAtOnce(50, () => login(address, username, 'wrong')), 2);
});

test('attempts at once with the right password all succeed, up to the free ones', async (t) => {
  frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  await Promise.all(Array.from({ length: 3 }, () => assertIn(address, username)));
  await fail(address, username, 3);
});

test('of those that have waited, one at a time is tried', async (t) => {
  const clock = frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  await fail(address, username, 3);
  clock.advance(1);
  const guesses = Array.from({ length: 10 }, () => login(address, username, 'wrong'));
  const answers = await Promise.all(guesses);
  assert.equal(answers.filter(({ status }) => status === 401).length, 1);
  assert.ok(answers.every(({ status, retryAfter }) => status === 401 || retryAfter === 2));
  // And it is counted once.
  await assertSlowed(address, username, 2);
});

test('an account under attack from many addresses lets its owner in at the first attempt from a new one', async (t) => {
  frozenClock(t);
  const { username } = await newUser();
  const attackers = Array.from({ length: 20 }, newAddress);
  for (const address of attackers.slice(0, 12)) await fail(address, username);
  // The attackers wait, each for all of them, after a failure of their own.
  await assertSlowed(attackers[0] ?? '', username, 4);
  for (const address of attackers.slice(12)) await fail(address, username);
  await assertSlowed(attackers[0] ?? '', username, 60);
  await assertIn(newAddress(), username);
  // Success says nothing of the others.
  await assertSlowed(attackers[0] ?? '', username, 60);
});

test('an owner who mistyped at a new address gets in after a minute, while the attack goes on', async (t) => {
  const clock = frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  for (let guess = 0; guess < 16; guess++) await fail(newAddress(), username);
  await fail(address, username);
  await assertSlowed(address, username, 60);
  clock.advance(59);
  await fail(newAddress(), username);
  await assertSlowed(address, username, 1);
  clock.advance(1);
  await assertIn(address, username);
});

test('an address that tries many accounts is slowed, but for the pairs that have succeeded there', async (t) => {
  const clock = frozenClock(t);
  const address = newAddress();
  const [known, fresh] = [await newUser(), await newUser()];
  await assertIn(address, known.username);
  clock.advance(3_600);
  for (let account = 0; account < 22; account++) {
    // From the twentieth on it has to wait.
    if (account >= 20) clock.advance(2 ** (account - 20));
    await fail(address, `victim-${account}-${address}`);
  }
  await assertSlowed(address, fresh.username, 4);
  await assertIn(address, known.username);
  await assertIn(newAddress(), fresh.username);
  clock.advance(4);
  await assertIn(address, fresh.username);
});

test('a success at an address is remembered for thirty days, whatever fails there after it', async (t) => {
  const clock = frozenClock(t);
  const address = newAddress();
  const { username } = await newUser();
  await assertIn(address, username);
  const attack = async (name: string) => {
    for (let account = 0; account < 20; account++) await fail(address, `${name}-${account}-${address}`);
  };
  clock.advance(30 * 86_400 - 1);
  await attack('early');
  await fail(address, username);
  await login(address, username, 'wrong');
  clock.advance(1);
  // DynamoDB has not deleted it, and the failures have made the item live on.
  const { status } = await login(address, username);
  assert.equal(status, 429);
});

test('unknown and disabled users are counted and answered as others are', async (t) => {
  const clock = frozenClock(t);
  const [known, disabled] = [await newUser(), await newUser()];
  await setDisabled(table, disabled.username, true);
  const series = async (username: string) => {
    const address = newAddress();
    const answers: Awaited<ReturnType<typeof login>>[] = [];
    for (let time = 0; time < 6; time++) {
      answers.push(await login(address, username, time === 1 ? password.toUpperCase() : 'wrong'));
      if (time === 4) clock.advance(1);
    }
    return answers;
  };
  const expected = await series(known.username);
  assert.deepEqual(
    expected.map(({ status }) => status),
    [401, 401, 401, 429, 429, 401],
  );
  assert.deepEqual(await series(`nobody-${newAddress()}`), expected);
  assert.deepEqual(await series(disabled.username), expected);
});

test('a name is one account however it is written', async (t) => {
  frozenClock(t);
  const [{ username }, address] = [await newUser(), newAddress()];
  for (const written of [username, username.toUpperCase(), username.replace('u', 'ｕ')]) {
    await fail(address, written);
  }
  await assertSlowed(address, username, 1);
});

test('a name is one account whatever is put in it that nobody can see', async (t) => {
  frozenClock(t);
  for (const none of ['\u200b', '\ufe0f', '\u034f', '\u3164', '\u115f', '\u17b4', '\u180b', ' ']) {
    const [{ username }, address] = [await newUser(), newAddress()];
    for (const place of [0, 2, username.length]) {
      await fail(address, `${username.slice(0, place)}${none}${username.slice(place)}`);
    }
    await assertSlowed(address, username, 1);
  }
  // Without it an accent joins its letter again.
  const address = newAddress();
  for (const none of ['', '\u034f', '\ufe0f']) await fail(address, `andre${none}\u0301`);
  await assertSlowed(address, 'andr\u00e9', 1);
});

test('an IPv6 network is one address however it is written, and the next network another', async (t) => {
  frozenClock(t);
  const { username } = await newUser();
  for (const address of ['2001:db8:0:7::1', '2001:db8::7:1:2:3:4', '2001:0DB8:0000:0007:ffff::']) {
    await fail(address, username);
  }
  await assertSlowed('2001:db8:0:7:abcd::', username, 1);
  await assertIn('2001:db8:0:8::1', username);
});

test('whoever has a whole IPv6 site has two hundred free failures, and not some at each address', async (t) => {
  const clock = frozenClock(t);
  const { username } = await newUser();
  const sites = async () =>
    (await items()).map(({ pk }) => String(pk)).filter((pk) => /^attempts#site/.test(pk));
  const before = await sites();
  await fail('2001:db8:a:1::1', 'one');
  const [pk] = (await sites()).filter((each) => !before.includes(each));
  const as199 = { UpdateExpression: 'SET failures = :n', ExpressionAttributeValues: { ':n': 199 } };
  await table.client.send(new UpdateCommand({ TableName: tableName, Key: { pk }, ...as199 }));
  await fail('2001:db8:a:2::1', 'another');
  await assertSlowed('2001:db8:a:fffe::1', username, 1);
  await assertIn('2001:db8:b:fffe::1', username);
  // Whoever waits as told gets in.
  clock.advance(1);
  await assertIn('2001:db8:a:fffe::1', username);
});

test('it adds one request to a successful login, and at a new address two more', async () => {
  const [{ username }, address] = [await newUser(), newAddress()];
  const operations: string[] = [];
  front.take = (operation) => {
    operations.push(operation);
    return false;
  };
  await assertIn(address, username);
  // Without counting there would be a read of the user, and the session alone to write.
  assert.deepEqual(operations, ['BatchGetItem', 'UpdateItem', 'UpdateItem', 'BatchWriteItem']);
  operations.length = 0;
  await assertIn(address, username);
  assert.deepEqual(operations, ['BatchGetItem', 'BatchWriteItem']);
});

test('counters that were not read let nobody through', async () => {
  const [{ username }, address] = [await newUser(), newAddress()];
  const partly = { Responses: {}, UnprocessedKeys: { [tableName]: { Keys: [{ pk: { S: 'any' } }] } } };
  front.take = (operation, response) => {
    if (operation === 'BatchGetItem') response.end(JSON.stringify(partly));
    return operation === 'BatchGetItem';
  };
  assert.deepEqual((await login(address, username)).code, 'table_unavailable');
});

test('a failure that could not be counted is no answer to a guess', async () => {
  const [{ username }, address] = [await newUser(), newAddress()];
  front.take = (operation, response) =>
    operation === 'UpdateItem' && awsError(response, 'ProvisionedThroughputExceededException');
  assert.deepEqual((await login(address, username, 'wrong')).code, 'table_unavailable');
});

test('the table names neither the accounts nor the addresses that failed', async () => {
  const [{ username }, address] = [await newUser(), newAddress()];
  await fail(address, username);
  await table.client.send(new DeleteCommand({ TableName: tableName, Key: keys.user(username) }));
  const stored = JSON.stringify(await items());
  assert.ok(!stored.includes(address) && !stored.includes(username));
});
