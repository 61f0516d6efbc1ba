import { GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readConfig, readSignInConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { ask, orNone } from './ask.ts';
import type { Check } from './check.ts';
import { functionNames, functionsOf, isDevelopment, onAws, patiently, type Stack } from './stack.ts';

const stackIsWhole = (stack: Stack): string[] => {
  onAws(stack);
  const { name, status } = stack;
  return /^(CREATE|UPDATE|IMPORT|UPDATE_ROLLBACK)_COMPLETE$/.test(status) ? [] : [`${name} is ${status}`];
};

const functionsAreThere = (stack: Stack): string[] => {
  onAws(stack);
  const there = functionsOf(stack);
  const gone = functionNames.filter((name) => !there.some((each) => each.name === name));
  return [
    ...gone.map((name) => `${stack.name}-${name} is not there`),
    ...there.flatMap(({ id, state }) => (state ? [`${id} is ${state}`] : [])),
  ];
};

/** A setting that is not every function's is its own function's business, as long as it has one value. */
const environmentsAgree = (stack: Stack): string[] => {
  onAws(stack);
  const functions = functionsOf(stack);
  const names = [...new Set(functions.flatMap(({ env }) => Object.keys(env)))];
  return names.flatMap((name) => {
    const withIt = functions.filter(({ env }) => name in env);
    const differing = withIt.filter(({ env }) => env[name] !== withIt[0]?.env[name]);
    // Names only: a value may be a secret.
    return differing.map(({ id }) => `${id} has another ${name} than ${withIt[0]?.id}`);
  });
};

const environmentsAreRight = (stack: Stack): string[] =>
  functionsOf(stack).flatMap(({ id, env }) => {
    const read = 'AUTHENTICATOR' in env ? readSignInConfig : readConfig;
    try {
      read({ AWS_REGION: stack.region, ...env });
      return [];
    } catch (error) {
      return [`${id}: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`];
    }
  });

const isStaffs = (name: string) =>
  Object.values(routes).some((route) => route.name === name && route.caller.startsWith('identities:'));

const concurrencyIsReserved = async (stack: Stack): Promise<string[]> => {
  onAws(stack);
  const client = new LambdaClient(patiently(stack.region));
  const checked = functionsOf(stack).map(async ({ name, id }) => {
    const command = new GetFunctionConcurrencyCommand({ FunctionName: id });
    const { ReservedConcurrentExecutions: reserved } = await ask(
      'lambda:GetFunctionConcurrency',
      client.send(command),
    );
    if (reserved === 0) return [`${id} may not run: 0 of its runs are reserved`];
    if (isDevelopment(stack)) return [];
    if (name === 'resume' && reserved !== 1) return [`${id} may run more than once at a time`];
    return isStaffs(name) && reserved === undefined
      ? [`${id} has no limit: staff's tools can take the concurrency of logins`]
      : [];
  });
  return (await Promise.all(checked)).flat();
};

/** Settings that are secrets, each once: name → reference. */
const secretsOf = (stack: Stack): Map<string, string> =>
  new Map(
    functionsOf(stack)
      .flatMap(({ env }) => Object.entries(env))
      .filter(([name, value]) => /_SECRET(_|$)/.test(name) && value !== ''),
  );

/** Describes what a reference leads to; never its value. */
const secretFindings = async ({ region }: Stack, name: string, SecretId: string): Promise<string[]> => {
  if (!/^arn:[\w-]+:secretsmanager:/.test(SecretId))
    return [`${name} itself is in the functions' environment: whoever may see their settings reads it`];
  const client = new SecretsManagerClient({ region });
  const call = ask('secretsmanager:DescribeSecret', client.send(new DescribeSecretCommand({ SecretId })));
  const found = await call.catch(orNone);
  if (!found) return [`${name} refers to ${SecretId}, which is not there`];
  return found.DeletedDate ? [`${name} refers to ${SecretId}, which is being deleted`] : [];
};

const secretsAreThere = async (stack: Stack): Promise<string[]> => {
  onAws(stack);
  const checked = [...secretsOf(stack)].map(([name, value]) => secretFindings(stack, name, value));
  return (await Promise.all(checked)).flat();
};

export const functionChecks: Check[] = [
  {
    name: 'stack',
    what: 'the last deployment is finished',
    mend: 'Wait, or see its events: aws cloudformation describe-stack-events --stack-name …',
    find: stackIsWhole,
  },
  {
    name: 'functions',
    what: 'every function is there and may run',
    mend: 'Deploy again. A function that failed says why above.',
    find: functionsAreThere,
  },
  {
    name: 'agreement',
    what: 'what several functions are told is the same for all',
    mend: 'Somebody changed one by hand: deploy again.',
    find: environmentsAgree,
  },
  {
    name: 'settings',
    what: 'every function has the settings that it needs',
    whatLocally: "with this shell's variables the API has the settings that it needs",
    mend: 'Set the parameters that are named, and deploy again.',
    find: environmentsAreRight,
  },
  {
    name: 'secrets',
    what: 'secrets are given by reference, and what they refer to is there',
    mend: 'Make the secret in Secrets Manager, give its ARN, and deploy again.',
    find: secretsAreThere,
  },
  {
    name: 'concurrency',
    what: "every function may run, and staff's have a concurrency of their own (any stage but dev)",
    mend: 'Deploy again with staffConcurrency; an account must keep 100 unreserved.',
    find: concurrencyIsReserved,
  },
];
