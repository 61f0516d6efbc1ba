import { NotChecked } from './ask.ts';
import type { Check } from './check.ts';
import { type Stack, settingsOf } from './stack.ts';
import { get, getJson, keyFindings } from './web.ts';

/** A setting, where there is one. @throws NotChecked */
const setting = (stack: Stack, name: string, without: string): string => {
  const value = settingsOf(stack)[name];
  if (!value) throw new NotChecked(without);
  return value;
};

const algorithmsOf = (stack: Stack, name: string): string[] =>
  (settingsOf(stack)[name] || 'RS256,ES256').split(',').map((algorithm) => algorithm.trim());

/** Lambda has no localhost: of a deployment, whatever is not https is one. */
const unreachable = ({ isLocal }: Stack, url: string): string[] =>
  isLocal || url.startsWith('https:') ? [] : [`${url} is on this machine, and not where the functions run`];

const cognitoKeys = (stack: Stack) => keyFindings(settingsOf(stack).COGNITO_JWKS_URL ?? '', ['RS512']);

const backendKeys = async (stack: Stack): Promise<string[]> => {
  const url = setting(stack, 'JWT_JWKS_URL', 'the authenticator is not jwt');
  return [...unreachable(stack, url), ...(await keyFindings(url, algorithmsOf(stack, 'JWT_ALGORITHMS')))];
};

const staffKeys = async (stack: Stack): Promise<string[]> => {
  const url = setting(stack, 'STAFF_JWKS_URL', 'there is no staffJwksUrl: staff can do nothing');
  return [...unreachable(stack, url), ...(await keyFindings(url, algorithmsOf(stack, 'STAFF_ALGORITHMS')))];
};

/** OpenID Connect Discovery 1.0 §4.3: the issuer that it names is the one that it was asked of. */
const staffIssuer = async (stack: Stack): Promise<string[]> => {
  const issuer = setting(stack, 'STAFF_ISSUER', 'there is no staffIssuer: staff can do nothing');
  const discovery = await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (typeof discovery === 'string') return [discovery];
  const { STAFF_JWKS_URL: keys } = settingsOf(stack);
  const findings: string[] = [];
  if (discovery.issuer !== issuer)
    findings.push(`staffIssuer is ${issuer}, but the issuer calls itself ${discovery.issuer}`);
  if (discovery.jwks_uri !== keys)
    findings.push(`staffJwksUrl is ${keys}, but the issuer's keys are at ${discovery.jwks_uri}`);
  return findings;
};

/** Asks nothing of it: that it answers at all, over TLS that can be trusted, is enough. */
const backendAnswers = async (stack: Stack): Promise<string[]> => {
  const { BACKEND_REFRESH_URL: refresh } = settingsOf(stack);
  const urls = [
    setting(stack, 'BACKEND_URL', 'the authenticator is not http'),
    ...(refresh ? [refresh] : []),
  ];
  const answers = await Promise.all(urls.map(get));
  return [
    ...urls.flatMap((url) => unreachable(stack, url)),
    ...answers.filter((answer) => typeof answer === 'string'),
  ];
};

export const outsideChecks: Check[] = [
  {
    name: "Cognito's keys",
    what: "the keys of Cognito's tokens can be had",
    mend: 'Look at COGNITO_JWKS_URL; China and GovCloud have their own.',
    find: cognitoKeys,
  },
  {
    name: "backend's keys",
    what: "the keys of your backend's assertions can be had, and fit jwtAlgorithms",
    mend: 'Publish a key set with a signature key of those algorithms at jwtJwksUrl, over TLS, without a redirect.',
    find: backendKeys,
  },
  {
    name: 'backend',
    what: 'your backend answers over TLS',
    whatLocally: 'your backend answers',
    mend: 'Start it, or mend its certificate. If it lets only some addresses in, this machine may be none of them, and so may Lambda.',
    find: backendAnswers,
  },
  {
    name: "staff's keys",
    what: "the keys of staff's tokens can be had, and fit staffAlgorithms",
    mend: "Take jwks_uri and the algorithms from your provider's /.well-known/openid-configuration.",
    find: staffKeys,
  },
  {
    name: "staff's issuer",
    what: "the issuer of staff's tokens is who it says",
    mend: 'Set staffIssuer and staffJwksUrl to exactly what its discovery says, a slash at the end included.',
    find: staffIssuer,
  },
];
