import { after } from 'node:test';
import { type Stack, startStack } from '../../local/stack.ts';

export interface ApiResponse {
  status: number;
  headers: Headers;
  /** The body as JSON. Its members are whatever a test says they are. */
  body: Record<string, string>;
}

/** The whole stack on free ports and in memory, closed after the file's tests. One a test file: see `startStack`. */
export const testStack = async (env: NodeJS.ProcessEnv = {}): Promise<Stack> => {
  const stack = await startStack({
    port: 0,
    cognitoPort: 0,
    dynamodbPort: 0,
    staffPort: 0,
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', ...env },
  });
  after(() => stack.close());
  return stack;
};

/** POSTs a body, as JSON unless it is text already. */
export const post = async (
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<ApiResponse> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as ApiResponse['body'],
  };
};
