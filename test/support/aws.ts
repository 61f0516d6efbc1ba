import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';
import type { Deployed } from './template.ts';

/** What the services answer from. A test changes it to seed a fault. */
export interface Account {
  stackName: string;
  status: string;
  /** Logical id → what was deployed. Properties are as in the template. */
  resources: Record<string, Deployed>;
  /** What is there besides: ARN of a secret → its description. */
  secrets: Record<string, object>;
  /** Actions that the caller may not do, by their names in IAM. */
  denied: string[];
  /** Actions that were asked for. */
  asked: Set<string>;
  /** Where the API is. */
  apiUrl: string;
  /** Milliseconds that AWS's clock is ahead. */
  ahead: number;
}

// biome-ignore lint/suspicious/noExplicitAny: AWS's own shapes.
type Json = any;
interface Call {
  /** In IAM's terms. */
  action: string;
  /** The body's members, or the query's; of a path, the name in it. */
  input: Json;
  isXml?: boolean;
}

/**
 * The AWS services that have no local one, answering what a deployment of a template would answer, in their own
 * protocols. @returns its endpoint, for AWS_ENDPOINT_URL
 */
export const startAws = async (account: Account) => {
  const server = createServer(async (request, response) => {
    const call = callOf(request, await text(request));
    account.asked.add(call.action);
    response.setHeader('date', new Date(Date.now() + account.ahead).toUTCString());
    if (account.denied.includes(call.action)) return refuse(response, call, 'AccessDenied');
    const answer = answers[call.action]?.(account, call.input);
    if (!answer) return refuse(response, call, notFound[call.action] ?? 'ResourceNotFound');
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  return listen(server, 0);
};

/** Where it is not ResourceNotFoundException. */
const notFound: Record<string, string> = {
  'cloudformation:DescribeStacks': 'ValidationError',
  'iam:GetRole': 'NoSuchEntity',
};

const refuse = (response: ServerResponse, { action, isXml }: Call, code: string): void => {
  const message = `${action}: ${code}`;
  const type = isXml ? code : `${code}Exception`;
  response.writeHead(400, { 'x-amzn-errortype': type });
  response.end(
    isXml
      ? `<ErrorResponse><Error><Code>${type}</Code><Message>${message}</Message></Error></ErrorResponse>`
      : JSON.stringify({ __type: type, message }),
  );
};

const prefixes: Record<string, string> = {
  DynamoDB_20120810: 'dynamodb',
  GraniteServiceVersion20100801: 'cloudwatch',
  Logs_20140328: 'logs',
  AWSEvents: 'events',
  secretsmanager: 'secretsmanager',
};

const callOf = ({ headers, url = '' }: IncomingMessage, body: string): Call => {
  const [target, operation] = String(headers['x-amz-target'] ?? '').split('.');
  if (operation) return { action: `${prefixes[target ?? '']}:${operation}`, input: JSON.parse(body) };
  const [, , kind, encoded = '', part] = url.split('/');
  const input = { name: decodeURIComponent(encoded) };
  if (kind === 'apis') return { action: 'apigateway:GET', input };
  if (kind === 'pipes') return { action: 'pipes:DescribePipe', input };
  if (kind === 'functions')
    return { action: `lambda:GetFunction${part === 'concurrency' ? 'Concurrency' : 'Configuration'}`, input };
  const query = Object.fromEntries(new URLSearchParams(body));
  const service = query.Version === '2010-05-08' ? 'iam' : 'cloudformation';
  return { action: `${service}:${query.Action}`, input: query, isXml: true };
};

const find = ({ resources }: Account, type: string, id: string): Json =>
  Object.values(resources).find(
    (each) => each.type === type && each.id === id && each.knownTo !== 'CloudFormation',
  )?.properties;

const answers: Record<string, (account: Account, input: Json) => Json> = {
  'cloudformation:DescribeStacks': ({ stackName, status }, { StackName }) =>
    StackName === stackName &&
    xml(
      'DescribeStacks',
      `<Stacks><member><StackName>${StackName}</StackName><StackStatus>${status}</StackStatus></member></Stacks>`,
    ),
  'cloudformation:ListStackResources': ({ resources }) =>
    xml(
      'ListStackResources',
      `<StackResourceSummaries>${Object.entries(resources)
        .filter(([, { knownTo }]) => knownTo !== 'its service')
        .map(
          ([name, { type, id }]) =>
            `<member><LogicalResourceId>${name}</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId>` +
            `<ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>`,
        )
        .join('')}</StackResourceSummaries>`,
    ),
  'iam:GetRole': (account, { RoleName }) => {
    const role = find(account, 'AWS::IAM::Role', RoleName);
    const document = encodeURIComponent(JSON.stringify(role?.AssumeRolePolicyDocument));
    return (
      role &&
      xml(
        'GetRole',
        `<Role><RoleName>${RoleName}</RoleName><AssumeRolePolicyDocument>${document}</AssumeRolePolicyDocument></Role>`,
      )
    );
  },
  'lambda:GetFunctionConfiguration': (account, { name }) => {
    const { State = 'Active', ...found } = find(account, 'AWS::Lambda::Function', name) ?? {};
    return found.FunctionName && { ...found, State, LastUpdateStatus: 'Successful' };
  },
  'lambda:GetFunctionConcurrency': (account, { name }) => {
    const { ReservedConcurrentExecutions } = find(account, 'AWS::Lambda::Function', name);
    return { ReservedConcurrentExecutions };
  },
  'apigateway:GET': (account, { name }) => {
    const { AllowOrigins } = find(account, 'AWS::ApiGatewayV2::Api', name).CorsConfiguration;
    return { apiId: name, apiEndpoint: account.apiUrl, corsConfiguration: { allowOrigins: AllowOrigins } };
  },
  'pipes:DescribePipe': (account, { name }) => ({
    CurrentState: 'RUNNING',
    ...find(account, 'AWS::Pipes::Pipe', name),
  }),
  'events:DescribeRule': (account, { Name }) => find(account, 'AWS::Events::Rule', Name),
  'cloudwatch:DescribeAlarms': (account, { AlarmNames }) => ({
    MetricAlarms: AlarmNames.flatMap((AlarmName: string) => {
      const alarm = find(account, 'AWS::CloudWatch::Alarm', AlarmName);
      return alarm ? [{ ActionsEnabled: true, ...alarm, AlarmName }] : [];
    }),
  }),
  'logs:DescribeLogGroups': (account, { logGroupNamePrefix }) => {
    const groups = Object.values(account.resources).filter(({ type }) => type === 'AWS::Logs::LogGroup');
    return {
      logGroups: groups
        .filter(({ id }) => id.startsWith(logGroupNamePrefix))
        .map(({ id, properties }) => ({ logGroupName: id, retentionInDays: properties.RetentionInDays })),
    };
  },
  'dynamodb:DescribeTable': (account, { TableName }) => {
    const found = find(account, 'AWS::DynamoDB::Table', TableName);
    const { StreamSpecification: stream } = found ?? {};
    const streams = stream && { StreamSpecification: { StreamEnabled: true, ...stream } };
    return found && { Table: { TableStatus: 'ACTIVE', ...found, ...streams, TableName } };
  },
  'dynamodb:DescribeTimeToLive': (account, { TableName }) => {
    const found = find(account, 'AWS::DynamoDB::Table', TableName);
    const { AttributeName, Enabled } = found?.TimeToLiveSpecification ?? {};
    const TimeToLiveStatus = Enabled ? 'ENABLED' : 'DISABLED';
    return found && { TimeToLiveDescription: { AttributeName, TimeToLiveStatus } };
  },
  'dynamodb:DescribeContinuousBackups': (account, { TableName }) => {
    const found = find(account, 'AWS::DynamoDB::Table', TableName);
    const isOn = found?.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled;
    const PointInTimeRecoveryDescription = { PointInTimeRecoveryStatus: isOn ? 'ENABLED' : 'DISABLED' };
    return (
      found && {
        ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription },
      }
    );
  },
  'secretsmanager:DescribeSecret': ({ secrets }, { SecretId }) => secrets[SecretId],
};

const xml = (operation: string, result: string) =>
  `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`;
