import { randomUUID } from 'node:crypto';
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  IdempotencyValidationError,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { clientOptions } from './aws.ts';
import type { Config } from './config.ts';
import type { RequestContext } from './endpoint.ts';
import { Problem } from './problem.ts';

/** Seconds that a key is remembered. */
const keyLives = 86_400;

interface Request {
  /** Whose key it is: another caller's same key is another key. */
  scope: string;
  /** What another request under the same key is told by. Hashed and stored: never a secret. */
  payload: object;
}

/**
 * Runs something once for each Idempotency-Key: the same key answers the same result.
 * @throws Problem `idempotency_key_reused` for another payload under the key, `idempotency_in_progress` while the
 * first request runs, `table_unavailable`
 */
export const createOnce = (config: Config) => {
  const settings = new IdempotencyConfig({
    eventKeyJmesPath: '[scope, key]',
    payloadValidationJmesPath: 'payload',
    throwOnNoIdempotencyKey: true,
    expiresAfterSeconds: keyLives,
    hashFunction: 'sha256',
  });
  const client = new DynamoDBClient(clientOptions(config.AWS_REGION, config.AWS_ENDPOINT_URL_DYNAMODB));
  client.middlewareStack.add(
    (next) => (args) => next({ ...args, input: ownPut(args.input as PutItemCommandInput) }),
    { step: 'initialize' },
  );
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: config.TABLE_NAME,
    keyAttr: 'pk',
    expiryAttr: 'expiresAt',
    awsSdkV3Client: client,
  });

  return async <Result>(
    { scope, payload }: Request,
    { idempotencyKey, remaining }: Pick<RequestContext, 'idempotencyKey' | 'remaining'>,
    run: () => Promise<Result>,
  ): Promise<Result> => {
    if (idempotencyKey === undefined) return run();
    // A request that was cut off blocks its key for no longer than its function could run.
    settings.registerLambdaContext({ getRemainingTimeInMillis: remaining } as Context);
    let failure: unknown;
    const runOnce = async (_request: object) => {
      try {
        return { result: (await run()) ?? null };
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    const once = makeIdempotent(runOnce, {
      persistenceStore,
      config: settings,
      keyPrefix: 'idempotency',
    });
    try {
      const { result } = await once({ scope, key: idempotencyKey, payload });
      return (result ?? undefined) as Result;
    } catch (error) {
      throw error === failure ? error : toProblem(error);
    }
  };
};

/**
 * Lets the SDK send the put of a new record again when its answer was lost: the library can't tell the record that it
 * finds then from another request's, and would have the key blocked until the function's time is over.
 */
const ownPut = (input: PutItemCommandInput): PutItemCommandInput => {
  if (!input.Item || !input.ConditionExpression) return input;
  const put = { S: randomUUID() };
  return {
    ...input,
    Item: { ...input.Item, put },
    // Not one that is done: an attempt may arrive late.
    ConditionExpression: `${input.ConditionExpression} OR (#put = :put AND #status = :inprogress)`,
    ExpressionAttributeNames: { ...input.ExpressionAttributeNames, '#put': 'put' },
    ExpressionAttributeValues: { ...input.ExpressionAttributeValues, ':put': put },
  };
};

/** What the library or its table says. It does not wrap all of the table's errors in one of its own. */
const toProblem = (cause: unknown): Problem => {
  if (cause instanceof IdempotencyValidationError) return new Problem('idempotency_key_reused');
  if (cause instanceof IdempotencyAlreadyInProgressError) return new Problem('idempotency_in_progress');
  return new Problem('table_unavailable', { cause });
};
