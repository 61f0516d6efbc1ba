import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Health } from './local-stack.ts';

export interface Sent {
  path: string;
  token?: string;
  body?: object;
}

/** The local stack in another process, in memory or with a folder to keep everything in. */
export const startStackProcess = async (folder?: string) => {
  const child = fork(new URL('local-stack.ts', import.meta.url), folder ? [folder] : [], {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
  });
  const ask = async <Answer>(question: object): Promise<Answer> => {
    child.send(question);
    return (await once(child, 'message'))[0] as Answer;
  };
  const [about] = await once(child, 'message');
  const { apiUrl, staffToken, identityPoolId } = about as Record<
    'apiUrl' | 'staffToken' | 'identityPoolId',
    string
  >;
  const agent = new Agent({ keepAlive: true });

  return {
    identityPoolId,
    staffToken,
    assertionOf: (user: string) => ask<string>({ assertionOf: user }),
    health: () => ask<Health>({}),
    /** The answer's body. @throws Error for any status but 200 and 204 */
    send: ({ path, token, body }: Sent) =>
      new Promise<Record<string, string>>((resolve, reject) => {
        const headers = {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
        };
        request(`${apiUrl}${path}`, { method: body ? 'POST' : 'GET', agent, headers }, async (response) => {
          const { statusCode } = response;
          const answer = statusCode === 204 ? {} : ((await json(response)) as Record<string, string>);
          if (statusCode === 204) response.resume();
          if (statusCode === 200 || statusCode === 204) resolve(answer);
          else reject(new Error(`${path} ${statusCode} ${JSON.stringify(answer)}`));
        })
          .on('error', reject)
          .end(body && JSON.stringify(body));
      }),
    async stop() {
      agent.destroy();
      const exited = once(child, 'exit');
      child.send({ end: true });
      setTimeout(() => child.kill('SIGKILL'), 3_000).unref();
      await exited;
    },
  };
};

export type StackProcess = Awaited<ReturnType<typeof startStackProcess>>;
