import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ask, NotChecked, orNone } from './ask.ts';

/** What the checks are made of. */
export interface Stack {
  /** Of CloudFormation's stack: service and stage. */
  name: string;
  stage: string;
  region: string;
  /** On this machine there are only Cognito, DynamoDB and the API. */
  isLocal: boolean;
  /** Of CloudFormation: CREATE_COMPLETE and so on. */
  status: string;
  resources: Resource[];
  functions: DeployedFunction[] | NotChecked;
  /** Where the API is, where that is known beforehand. */
  apiUrl?: string | undefined;
  /** How far AWS's clock is ahead of this machine's, in milliseconds. */
  awsAhead?: number | undefined;
}

interface Resource {
  type: string;
  /** As its service knows it: a name, an id or an ARN. */
  id: string;
}

export interface DeployedFunction {
  /** The file in functions/. */
  name: string;
  /** As Lambda knows it. */
  id: string;
  env: Record<string, string>;
  /** What keeps it from running, where something does. */
  state?: string | undefined;
}

/** The functions that a deployment has. */
export const functionNames = readdirSync(new URL('../functions', import.meta.url)).map((file) =>
  basename(file, '.ts'),
);

export const resourcesOf = ({ resources }: Stack, type: string): string[] =>
  resources.filter((resource) => resource.type === type).map(({ id }) => id);

/** Some things are no fault where nobody but you is. */
export const isDevelopment = ({ stage }: Stack): boolean => stage === 'dev';

/** Why most is not checked of `npm start`. */
export const onlyOnAws = 'there is none of it on this machine';

/** @throws NotChecked for a stack on this machine, which has none of what is asked for */
export const onAws = ({ isLocal }: Stack): void => {
  if (isLocal) throw new NotChecked(onlyOnAws);
};

/** For what is asked many times at once: these services answer some ten such requests a second. */
export const patiently = (region: string) => ({ region, maxAttempts: 8, retryMode: 'adaptive' });

/** @throws NotChecked as it was when the functions were read */
export const functionsOf = ({ functions }: Stack): DeployedFunction[] => {
  if (functions instanceof NotChecked) throw functions;
  return functions;
};

/** What the functions were told, all together. That they agree is a check of its own. */
export const settingsOf = (stack: Stack): Record<string, string> => ({
  COGNITO_ISSUER: 'https://cognito-identity.amazonaws.com',
  COGNITO_JWKS_URL:
    process.env.COGNITO_JWKS_URL || 'https://cognito-identity.amazonaws.com/.well-known/jwks_uri',
  ...Object.assign({}, ...functionsOf(stack).map(({ env }) => env)),
});

/** Reads what a deployment is made of. @throws the SDK's error where CloudFormation can't be asked */
export const deployedStack = async (name: string, stage: string, region: string): Promise<Stack> => {
  const client = new CloudFormationClient({ region });
  let awsAhead: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { headers } = answer.response as { headers: Record<string, string> };
      if (headers.date) awsAhead = Date.parse(headers.date) - Date.now();
      return answer;
    },
    { step: 'deserialize' },
  );
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
  const resources: Resource[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client },
    { StackName: name },
  ))
    for (const {
      ResourceType: type = '',
      PhysicalResourceId: id = '',
      ResourceStatus,
    } of StackResourceSummaries)
      if (ResourceStatus !== 'DELETE_COMPLETE') resources.push({ type, id });
  const read = { name, stage, region, isLocal: false, status: stack?.StackStatus ?? '', resources, awsAhead };
  const functions = await readFunctions({ ...read, functions: [] }).catch((error: NotChecked) => error);
  return { ...read, functions };
};

const readFunctions = async (stack: Stack): Promise<DeployedFunction[]> => {
  const client = new LambdaClient(patiently(stack.region));
  const read = functionNames.map(async (name): Promise<DeployedFunction[]> => {
    const id = `${stack.name}-${name}`;
    const command = new GetFunctionConfigurationCommand({ FunctionName: id });
    const found = await ask('lambda:GetFunctionConfiguration', client.send(command)).catch(orNone);
    if (!found) return [];
    const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = found;
    const isIdle = State === 'Active' || State === 'Inactive';
    const state =
      (isIdle ? undefined : `${State}: ${StateReason}`) ??
      ((LastUpdateStatus ?? 'Successful') === 'Successful'
        ? undefined
        : `its update ${LastUpdateStatus}: ${LastUpdateStatusReason}`);
    return [{ name, id, env: found.Environment?.Variables ?? {}, state }];
  });
  return (await Promise.all(read)).flat();
};
