import { callerOf, type Protocol } from './call.ts';
import type { Operation } from './context.ts';
import { AwsError } from './errors.ts';
import model from './model.json' with { type: 'json' };
import * as credentials from './operations/credentials.ts';
import * as developer from './operations/developer.ts';
import * as identities from './operations/identities.ts';
import * as pools from './operations/pools.ts';
import { validate } from './validate.ts';

type Description = { input: string; output?: string; unsigned?: boolean; errors: string[] };
const descriptions: Record<string, Description> = model.operations;
// Validation against the model is what makes the input the type that the operation declares.
const operations = { ...pools, ...identities, ...developer, ...credentials } as Record<
  string,
  Operation<unknown, unknown>
>;

const contentType = 'application/x-amz-json-1.1';

/** Cognito Identity, in the AWS JSON 1.1 protocol. */
export const awsJson: Protocol = {
  contentType,

  operationOf({ headers }) {
    const [type] = (headers['content-type'] ?? '').split(';');
    const [service, name = ''] = String(headers['x-amz-target']).split('.');
    if (type?.trim() === contentType && service === model.targetPrefix && Object.hasOwn(descriptions, name)) {
      return name;
    }
    // [I] the text
    throw new AwsError('UnknownOperationException', `No operation is named, or not as ${contentType}.`);
  },

  async run(name, call) {
    const description = descriptions[name];
    const operation = operations[name];
    if (!description || !operation) {
      throw new AwsError('InternalErrorException', `${name} is not implemented by this emulator.`);
    }
    const { parts, home, headers, body } = call;
    const caller = callerOf(call);
    if (!caller && !description.unsigned) {
      throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token'); // [I]
    }
    const input = validate(description.input, parse(body));
    const region = caller?.region ?? regionOfHost(headers.host) ?? regionOfIds(input) ?? home.region;
    const account = description.unsigned ? undefined : caller?.account;
    return JSON.stringify(await operation({ ...parts, region, account }, input));
  },

  errorBody: ({ type, message }) => JSON.stringify({ __type: type, message }),
};

/** An unsigned request has no scope: on AWS the host tells its region. */
function regionOfHost(host = ''): string | undefined {
  return /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(host)?.[1];
}

/** At a local address the host says nothing; an id begins with its region (a departure). */
function regionOfIds({ IdentityId, IdentityPoolId }: Record<string, unknown>): string | undefined {
  return String(IdentityId ?? IdentityPoolId ?? '').split(':')[0] || undefined;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON.'); // [I] the text
  }
}
