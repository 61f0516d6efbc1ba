import { type Call, callerOf, type Protocol } from './call.ts';
import type { Context } from './context.ts';
import { AwsError } from './errors.ts';
import model from './model.json' with { type: 'json' };
import * as credentials from './operations/credentials.ts';
import * as developer from './operations/developer.ts';
import * as identities from './operations/identities.ts';
import * as pools from './operations/pools.ts';
import * as tags from './operations/tags.ts';
import { validate } from './validate.ts';

type Name = keyof typeof model.operations;
type Description = { input: string; unsigned?: boolean };

const descriptions: Record<Name, Description> = model.operations;
/** The header that asks for an operation, to its name. */
const targets = new Map(
  (Object.keys(descriptions) as Name[]).map((name) => [`${model.targetPrefix}.${name}`, name]),
);

/** Every operation of the model: one that is missing here does not compile. */
const operations: Record<Name, (context: Context, input: never) => unknown> = {
  ...pools,
  ...identities,
  ...developer,
  ...credentials,
  ...tags,
};

const contentType = 'application/x-amz-json-1.1';

/** Cognito Identity, in the AWS JSON 1.1 protocol. */
export const awsJson: Protocol = {
  contentType,
  operations: Object.keys(operations),
  read(call) {
    const operation = nameOf(call);
    return { operation, run: () => run(operation, call) };
  },
  errorBody: ({ type, message }) => JSON.stringify({ __type: type, message }),
};

function nameOf({ headers }: Call): Name {
  const name = targets.get(String(headers['x-amz-target']));
  if (name && headers['content-type']?.split(';', 1)[0]?.trim() === contentType) return name;
  throw new AwsError('UnknownOperationException', `No operation is named, or not as ${contentType}.`); // [I] the text
}

async function run(name: Name, call: Call): Promise<string> {
  const { input: shape, unsigned } = descriptions[name];
  const { parts, home, headers, body } = call;
  const caller = callerOf(call);
  if (!caller && !unsigned) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token'); // [I]
  }
  const input = validate(shape, parse(body));
  const region = caller?.region ?? regionOfHost(headers.host) ?? regionOfIds(input) ?? home.region;
  const context = { ...parts, region, account: unsigned ? undefined : caller?.account };
  // Validation against the model makes the input the type that the operation declares.
  return JSON.stringify(await operations[name](context, input as never));
}

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
