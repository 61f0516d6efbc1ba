import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import { ask } from './ask.ts';
import type { Check } from './check.ts';
import { functionsOf, isDevelopment, onAws, patiently, resourcesOf, type Stack } from './stack.ts';

/** The stack's resources of a type, or a finding that there is none. */
const some = (stack: Stack, type: string, none: string) => {
  onAws(stack);
  const ids = resourcesOf(stack, type);
  return { ids, findings: ids.length > 0 ? [] : [none] };
};

const pipeRuns = async (stack: Stack): Promise<string[]> => {
  const { ids, findings } = some(stack, 'AWS::Pipes::Pipe', 'There is no pipe');
  const client = new PipesClient({ region: stack.region });
  const checked = ids.map(async (Name) => {
    const { CurrentState, StateReason } = await ask(
      'pipes:DescribePipe',
      client.send(new DescribePipeCommand({ Name })),
    );
    return CurrentState === 'RUNNING'
      ? []
      : [`${Name} is ${CurrentState}: ${StateReason ?? 'no reason given'}`];
  });
  return [...findings, ...(await Promise.all(checked)).flat()];
};

const scheduleRuns = async (stack: Stack): Promise<string[]> => {
  const { ids, findings } = some(stack, 'AWS::Events::Rule', 'There is no schedule');
  const client = new EventBridgeClient({ region: stack.region });
  const checked = ids.map(async (id) => {
    // Of a rule on a bus of its own, CloudFormation's id is "bus|rule".
    const [Name, EventBusName] = id.split('|').reverse();
    const command = new DescribeRuleCommand({ Name, ...(EventBusName && { EventBusName }) });
    const { State } = await ask('events:DescribeRule', client.send(command));
    return State?.startsWith('ENABLED') ? [] : [`${Name} is ${State}`];
  });
  return [...findings, ...(await Promise.all(checked)).flat()];
};

/** DescribeAlarms takes a hundred names. */
const alarmsTell = async (stack: Stack): Promise<string[]> => {
  const { ids, findings } = some(stack, 'AWS::CloudWatch::Alarm', 'There is no alarm');
  if (ids.length === 0) return findings;
  const client = new CloudWatchClient({ region: stack.region });
  const command = new DescribeAlarmsCommand({ AlarmNames: ids, MaxRecords: 100 });
  const { MetricAlarms = [] } = await ask('cloudwatch:DescribeAlarms', client.send(command));
  return ids.flatMap((name) => {
    const alarm = MetricAlarms.find(({ AlarmName }) => AlarmName === name);
    if (!alarm) return [`The alarm ${name} is not there`];
    if (!alarm.ActionsEnabled) return [`The alarm ${name} has its actions turned off`];
    return isDevelopment(stack) || alarm.AlarmActions?.length ? [] : [`The alarm ${name} tells nobody`];
  });
};

const logsAreKeptForATime = async (stack: Stack): Promise<string[]> => {
  onAws(stack);
  const client = new CloudWatchLogsClient(patiently(stack.region));
  const names = new Set([
    ...functionsOf(stack).map(({ id }) => `/aws/lambda/${id}`),
    ...resourcesOf(stack, 'AWS::Logs::LogGroup'),
  ]);
  const checked = [...names].map(async (name) => {
    const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: name });
    const { logGroups = [] } = await ask('logs:DescribeLogGroups', client.send(command));
    const group = logGroups.find(({ logGroupName }) => logGroupName === name);
    if (!group) return [`${name} is not there: nothing of it is logged`];
    return group.retentionInDays ? [] : [`${name} is kept for ever`];
  });
  return (await Promise.all(checked)).flat();
};

export const operationChecks: Check[] = [
  {
    name: 'announcements',
    what: 'the pipe from the audit table to the event bus runs',
    mend: 'See its reason, mend it, then: aws pipes start-pipe --name …',
    find: pipeRuns,
  },
  {
    name: 'schedule',
    what: 'what was cut off is resumed by a schedule',
    mend: 'aws events enable-rule --name …, or deploy again.',
    find: scheduleRuns,
  },
  {
    name: 'alarms',
    what: 'alarms are there, and each tells somebody (any stage but dev)',
    mend: 'Set alarmEmail or alarmTopicArn, and deploy again. Actions that are off: aws cloudwatch enable-alarm-actions --alarm-names …',
    find: alarmsTell,
  },
  {
    name: 'logs',
    what: 'logs are deleted after a time',
    mend: 'aws logs put-retention-policy --retention-in-days 30 --log-group-name …, or deploy again.',
    find: logsAreKeptForATime,
  },
];
