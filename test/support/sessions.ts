import assert from 'node:assert/strict';
import { mock, type TestContext } from 'node:test';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { decodeJwt } from 'jose';
import { routes } from '../../lib/contract.ts';
import { openTable, type Table } from '../../lib/table.ts';
import { addUser } from '../../lib/users.ts';
import { demoPassword as password, region, tableName } from '../../local/settings.ts';
import type { Stack } from '../../local/stack.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** As JSON; empty where there is no body. Its members are whatever a test says they are. */
  body: Record<string, string>;
}

/** POSTs JSON and reads an answer that may have no body. */
export const call = async (url: string, body: unknown): Promise<Answer> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
};

/** Moves the clock of everything in this process on, from one test's frozen moment. */
export const frozenClock = (t: TestContext) => {
  mock.timers.enable({ apis: ['Date'], now: Math.floor(Date.now() / 1000) * 1000 });
  t.after(() => mock.timers.reset());
  return { advance: (seconds: number) => mock.timers.setTime(Date.now() + seconds * 1000) };
};

export const statusAndCode = ({ status, body }: Answer) => [status, body.code];
export const refused = [401, 'invalid_refresh_token'];

/** What tests of sessions do with a running stack. */
export const sessionsOf = ({ apiUrl, dynamodbUrl }: Pick<Stack, 'apiUrl' | 'dynamodbUrl'>) => {
  const table: Table = openTable(tableName, region, dynamodbUrl);

  const login = async (username: string): Promise<string> => {
    const { status, body } = await call(`${apiUrl}/login`, { username, password });
    assert.equal(status, 200);
    assert.equal(routes.login.answer.safeParse(body).error, undefined);
    return body.refreshToken ?? '';
  };
  const refresh = (refreshToken: string) => call(`${apiUrl}/refresh`, { refreshToken });

  return {
    table,
    login,
    refresh,
    logout: (refreshToken: string, everywhere?: boolean) =>
      call(`${apiUrl}/logout`, { refreshToken, ...(everywhere !== undefined && { everywhere }) }),

    /** A user of the test's own, so that tests don't meet. */
    newUser: (attributes: Record<string, string> = {}) =>
      addUser(table, { username: `user-${crypto.randomUUID()}`, password, attributes }),

    /** Refreshes, and answers the next refresh token. */
    async refreshed(refreshToken: string): Promise<string> {
      const answer = await refresh(refreshToken);
      assert.deepEqual(statusAndCode(answer), [200, undefined]);
      assert.equal(routes.refresh.answer.safeParse(answer.body).error, undefined);
      return answer.body.refreshToken ?? '';
    },

    async items(): Promise<Record<string, unknown>[]> {
      const pages = paginateScan({ client: table.client }, { TableName: tableName });
      return (await Array.fromAsync(pages)).flatMap(({ Items = [] }) => Items);
    },
  };
};

/** The principal tags in a Cognito token, a value each. */
export const tagsOf = (token = ''): Record<string, string> => {
  const claim = decodeJwt(token)['https://aws.amazon.com/tags'] as
    | { principal_tags: Record<string, string[]> }
    | undefined;
  return Object.fromEntries(
    Object.entries(claim?.principal_tags ?? {}).map(([name, [value = '']]) => [name, value]),
  );
};
