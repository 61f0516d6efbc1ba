/** The dashboard, for serverless.yml: every alarm, and what lib/telemetry.ts counts, as a whole or by route. */
export const dashboard = async ({ resolveVariable }) => {
  const name = await resolveVariable('self:custom.name');
  const alarms = await resolveVariable('file(infrastructure/alarms.yml):Resources');
  const body = JSON.stringify({ widgets: widgets(name, alarmNames(alarms)) });
  return {
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: { DashboardName: name, DashboardBody: { 'Fn::Sub': body } },
      },
    },
  };
};

const namespace = 'CognitoDeveloperIdentities';

const alarmNames = (resources) =>
  Object.keys(resources).filter((id) => resources[id].Type === 'AWS::CloudWatch::Alarm');

/** Three in a row, each a third as wide. */
const widgets = (name, alarms) => [
  {
    type: 'alarm',
    width: 24,
    height: 3,
    properties: { title: 'Alarms', alarms: alarms.map((id) => `\${${id}.Arn}`) },
  },
  graph('Requests', [byRoute(name, 'Latency', 'SampleCount')]),
  graph('Milliseconds, 99 of 100', [byRoute(name, 'Latency', 'p99')]),
  graph('Problems of callers', [byRoute(name, 'ClientProblem', 'Sum')]),
  graph('Problems of the service', [byRoute(name, 'ServerProblem', 'Sum')]),
  graph('Refused credentials, throttling by Cognito', [
    [namespace, 'LoginFailure', 'service', name],
    [namespace, 'CognitoThrottled', 'service', name],
  ]),
  graph(
    'Changes unfinished, unannounced; runs not started',
    [
      [namespace, 'UnfinishedChanges', 'service', name, 'route', 'resume'],
      ...['UnannouncedQueue', 'UnstartedQueue'].map((queue) => [
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        'QueueName',
        `\${${queue}.QueueName}`,
      ]),
    ],
    'Maximum',
  ),
];

const graph = (title, metrics, stat = 'Sum') => ({
  type: 'metric',
  width: 8,
  height: 6,
  properties: { title, metrics, stat, period: 60, region: '${AWS::Region}', view: 'timeSeries' },
});

/** A line for every route that there is. */
const byRoute = (name, metric, stat) => {
  const search = `{${namespace},service,route} service="${name}" MetricName="${metric}"`;
  return [{ expression: `SEARCH('${search}', '${stat}', 60)`, label: '' }];
};
