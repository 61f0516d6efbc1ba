import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createIdentities } from '../identities.ts';
import { Problem } from '../problem.ts';
import { fromTable, serviceTable } from '../table.ts';

/** Milliseconds. Anyone may ask: Cognito's control plane is not to be asked as often. */
const remembered = 10_000;
const usable = ['ACTIVE', 'UPDATING'];

/** GET /health: whether the table and the pool answer, as of the last ten seconds. */
export const createHealth = (config: Config): UseCase<typeof routes.health> => {
  const table = serviceTable(config);
  const identities = createIdentities(config);

  /** DescribeTable also describes a table that takes no request: one that is being deleted, or has lost its key. */
  const checkTable = async (abortSignal: AbortSignal): Promise<void> => {
    const command = new DescribeTableCommand({ TableName: table.name });
    const { Table } = await fromTable(table.client.send(command, { abortSignal }));
    if (!usable.includes(Table?.TableStatus ?? '')) throw new Problem('table_unavailable');
  };

  const failures = async (signal: AbortSignal): Promise<string[]> => {
    const checks = {
      table: checkTable(signal),
      identityPool: identities.check(signal),
    };
    const results = await Promise.allSettled(Object.values(checks));
    return Object.keys(checks).filter((_name, index) => results[index]?.status === 'rejected');
  };

  let last: { at: number; failed: string[] } = { at: 0, failed: [] };
  return async (_input, { signal }) => {
    if (last.at < Date.now() - remembered) last = { at: Date.now(), failed: await failures(signal) };
    if (last.failed.length > 0) {
      throw new Problem('unhealthy', {
        detail: `What does not answer as it should: ${last.failed.join(', ')}.`,
      });
    }
    return { version: packageJson.version, table: 'ok', identityPool: 'ok' };
  };
};
