import { createHash } from 'node:crypto';
import { type Call, callerOf, type Parts, type Protocol } from './call.ts';
import { seconds } from './clock.ts';
import { issueCredentials, openSession } from './credentials.ts';
import { AwsError } from './errors.ts';
import { claimsOf, issuer } from './tokens.ts';
import { validate } from './validate.ts';

/**
 * The two actions of AWS STS that Cognito's basic flow needs, in STS's Query protocol: form in, XML out.
 * There is no IAM here: any role can be assumed, whatever its trust policy says (a departure).
 */

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
const defaultDuration = 3600;

type Xml = { [element: string]: string | number | Xml };
type Action = (call: Call) => Xml | Promise<Xml>;

const actions: Record<string, Action> = { AssumeRoleWithWebIdentity, GetCallerIdentity };

export const formType = 'application/x-www-form-urlencoded';

/** AWS STS, in the Query protocol. */
export const sts: Protocol = {
  contentType: 'text/xml',
  operations: Object.keys(actions),

  read(call) {
    const operation = formOf(call).get('Action') ?? '';
    const action = Object.hasOwn(actions, operation) ? actions[operation] : undefined;
    if (action) return { operation, run: () => run(operation, action, call) };
    throw new AwsError('InvalidAction', `Could not find operation ${operation} for version 2011-06-15`);
  },
  errorBody({ type, status, message }, requestId) {
    const answer = { Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: type, Message: message } };
    return `<ErrorResponse xmlns="${namespace}">${toXml({ ...answer, RequestId: requestId })}</ErrorResponse>`;
  },
};

async function run(name: string, action: Action, call: Call): Promise<string> {
  const answer = { [`${name}Result`]: await action(call), ResponseMetadata: { RequestId: call.requestId } };
  return `<${name}Response xmlns="${namespace}">${toXml(answer)}</${name}Response>`;
}

async function AssumeRoleWithWebIdentity(call: Call): Promise<Xml> {
  const { parts } = call;
  const { roleArn, sessionName, token, duration } = readRequest(formOf(call));
  const { sub = '', aud } = await verifyToken(parts, token);
  const { accessKeyId, secretKey, sessionToken, expiration } = issueCredentials(
    parts,
    roleArn,
    sessionName,
    duration,
  );
  return {
    SubjectFromWebIdentityToken: sub,
    Audience: String(aud),
    Provider: new URL(issuer).host,
    AssumedRoleUser: {
      Arn: sessionArn(roleArn, sessionName),
      AssumedRoleId: sessionId(roleArn, sessionName),
    },
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretKey,
      SessionToken: sessionToken,
      Expiration: new Date(expiration * 1000).toISOString(),
    },
  };
}

function GetCallerIdentity(call: Call): Xml {
  const { parts, headers } = call;
  const caller = callerOf(call);
  if (!caller) throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  const sessionToken = headers['x-amz-security-token'];
  if (sessionToken === undefined) {
    const { account } = caller;
    return { Arn: `arn:aws:iam::${account}:root`, UserId: account, Account: account };
  }
  const session = openSession(parts.seal, String(sessionToken));
  if (session?.accessKeyId !== caller.accessKeyId) {
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  if (session.expiration <= seconds(parts.clock)) {
    throw new AwsError('ExpiredToken', 'The security token included in the request is expired');
  }
  const { role, sessionName } = session;
  return {
    Arn: sessionArn(role, sessionName),
    UserId: sessionId(role, sessionName),
    Account: accountOf(role),
  };
}

function formOf({ body }: Call): URLSearchParams {
  return new URLSearchParams(body.toString());
}

/** Throws ValidationError, which is what STS calls a ValidationException. */
function readRequest(form: URLSearchParams) {
  const { DurationSeconds, ...texts } = Object.fromEntries(form);
  try {
    validate('AssumeRoleWithWebIdentityRequest', {
      ...texts,
      ...(DurationSeconds !== undefined && { DurationSeconds: Number(DurationSeconds) }),
    });
  } catch (error) {
    throw error instanceof AwsError ? new AwsError('ValidationError', error.message) : error;
  }
  return {
    roleArn: form.get('RoleArn') ?? '',
    sessionName: form.get('RoleSessionName') ?? '',
    token: form.get('WebIdentityToken') ?? '',
    duration: Number(DurationSeconds ?? defaultDuration),
  };
}

/** Tokens of this emulator only. [I] for the texts, but that of an unknown issuer, which is often seen. */
async function verifyToken({ tokens, clock }: Parts, token: string) {
  try {
    const { iss, exp = 0 } = claimsOf(token);
    if (iss !== issuer) {
      throw new AwsError(
        'InvalidIdentityToken',
        `No OpenIDConnect provider found in your account for ${iss}`,
      );
    }
    if (exp <= seconds(clock)) throw new AwsError('ExpiredTokenException', 'Token is expired');
    return await tokens.verify(token, clock.now());
  } catch (error) {
    const isForeign = error instanceof AwsError && error.type === 'NotAuthorizedException';
    throw isForeign ? new AwsError('InvalidIdentityToken', 'Could not validate the token') : error;
  }
}

function sessionArn(role: string, sessionName: string): string {
  const [, partition = 'aws'] = role.split(':');
  return `arn:${partition}:sts::${accountOf(role)}:assumed-role/${role.split('/').at(-1)}/${sessionName}`;
}

/** AWS gives each role an id of its own; here it is made of the role's name. */
function sessionId(role: string, sessionName: string): string {
  const id = createHash('sha256').update(role).digest('hex').slice(0, 17).toUpperCase();
  return `AROA${id}:${sessionName}`;
}

function accountOf(role: string): string {
  return role.split(':')[4] ?? '';
}

function toXml(value: Xml | string | number): string {
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .map(([element, content]) => `<${element}>${toXml(content)}</${element}>`)
    .join('');
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
