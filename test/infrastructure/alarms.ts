import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { changes, directory, http, jwt, own, propertiesOf } from '../support/packaged.ts';

type Dimensions = Record<string, string>;
interface Metric {
  name: string;
  dimensions: Dimensions;
}
type Alarm = {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
  AlarmName: string;
  AlarmActions: unknown[];
  OKActions: unknown[];
};

const namespace = 'CognitoDeveloperIdentities';
const key = ({ name, dimensions }: Metric) => [name, ...Object.entries(dimensions).flat()].join(' ');

const alarmsOf = (from = directory) =>
  Object.entries(from.template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id, { Properties }]) => [id, Properties as Alarm] as const);

const alarmMetrics = (): Metric[] =>
  alarmsOf()
    .filter(([, { Namespace }]) => Namespace === namespace)
    .map(([, { MetricName, Dimensions }]) => ({
      name: MetricName,
      dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    }));

type Widget = { properties: { metrics?: (string | { expression: string })[][]; alarms?: string[] } };
const widgets = (): Widget[] => JSON.parse(propertiesOf('Dashboard').DashboardBody['Fn::Sub']).widgets;
const plotted = () => widgets().flatMap(({ properties: { metrics = [] } }) => metrics);

/** Those that are named; the others are searched for, by one name and any route. */
const dashboardMetrics = (): Metric[] =>
  plotted()
    .filter(([from]) => from === namespace)
    .map(([, name, ...pairs]) => ({
      name: String(name),
      dimensions: Object.fromEntries(
        pairs.map((_, index) => pairs.slice(index, index + 2)).filter((_, index) => index % 2 === 0),
      ),
    }));
const searches = () => plotted().flatMap(([search]) => (typeof search === 'object' ? search.expression : []));

/** What the packaged functions count, in the words of the lines that they write for CloudWatch. */
const counted = (): Metric[] => {
  const { POWERTOOLS_SERVICE_NAME } = propertiesOf('LoginLambdaFunction').Environment.Variables;
  const env = { ...process.env, POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_DISABLED: 'false' };
  const log = execFileSync(process.execPath, ['test/support/counted.ts'], { env, encoding: 'utf8' });
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap(metricsOf);
};

const metricsOf = (text: string): Metric[] => {
  const { _aws, ...line } = JSON.parse(text);
  const [of] = _aws?.CloudWatchMetrics ?? [];
  if (!of) return [];
  assert.equal(of.Namespace, namespace);
  return of.Metrics.flatMap(({ Name: name }: { Name: string }) =>
    of.Dimensions.map((names: string[]) => ({
      name,
      dimensions: Object.fromEntries(names.map((dimension) => [dimension, line[dimension]])),
    })),
  );
};

test('alarms and dashboard look at what the functions count, and at all of it', () => {
  const all = counted();
  const keys = new Set(all.map(key));
  for (const metric of [...alarmMetrics(), ...dashboardMetrics()])
    assert.ok(keys.has(key(metric)), `nothing counts ${key(metric)}`);
  const searched = searches().map((search) => {
    const [, dimensions, service, name = ''] =
      /^SEARCH\('\{CognitoDeveloperIdentities,(.+)\} service="(.+)" MetricName="(\w+)"', '\w+', 60\)$/.exec(
        search,
      ) ?? [];
    const isFound = (metric: Metric) =>
      metric.name === name &&
      metric.dimensions.service === service &&
      Object.keys(metric.dimensions).join() === dimensions;
    assert.ok(all.some(isFound), `nothing counts ${search}`);
    return name;
  });
  const watched = new Set([...alarmMetrics().map(({ name }) => name), ...searched]);
  assert.deepEqual(new Set(all.map(({ name }) => name)), watched);
});

test('a queue is watched by its own alarm, and the API by its own', () => {
  const others = alarmsOf().filter(([, { Namespace }]) => Namespace !== namespace);
  assert.deepEqual(
    others.map(([id, { Namespace, MetricName, Dimensions }]) => [
      id,
      Namespace,
      MetricName,
      Dimensions[0]?.Value,
    ]),
    [
      ['ApiErrors', 'AWS/ApiGateway', '5xx', { Ref: 'HttpApi' }],
      ...[
        ['UnstartedRuns', 'UnstartedQueue'],
        ['UnannouncedChanges', 'UnannouncedQueue'],
      ].map(([id, queue]) => [
        id,
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        { 'Fn::GetAtt': [queue, 'QueueName'] },
      ]),
    ],
  );
});

test('who is to be told of an alarm is told of every one, and of its end', () => {
  for (const [from, told] of [
    [directory, []],
    [http, [changes.alarmTopicArn]],
    [jwt, [{ Ref: 'AlarmTopic' }]],
  ] as const) {
    for (const [id, { AlarmActions, OKActions }] of alarmsOf(from)) {
      assert.deepEqual(AlarmActions, told, id);
      assert.deepEqual(OKActions, told, id);
    }
  }
  assert.partialDeepStrictEqual(propertiesOf('AlarmMail', jwt), {
    Protocol: 'email',
    Endpoint: own.alarmEmail,
  });
  assert.equal('AlarmTopic' in directory.template.Resources, false);
});

test('every alarm is on the dashboard, and in the runbook under its name', () => {
  const ids = alarmsOf().map(([id]) => id);
  const shown = widgets().flatMap(({ properties: { alarms = [] } }) => alarms);
  assert.deepEqual(
    shown,
    ids.map((id) => `\${${id}.Arn}`),
  );
  const runbook = readFileSync('docs/operations.md', 'utf8');
  const [, alarms = ''] = /^## Alarms$(.*?)^## /ms.exec(runbook) ?? [];
  const headings = [...alarms.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(headings.sort(), ids.toSorted());
  for (const [id, { AlarmName }] of alarmsOf()) assert.ok(AlarmName.endsWith(`-${id}`), AlarmName);
});
