import { type Deployment, fault } from '../support/deployment.ts';

const alarms = ({ account }: Deployment) =>
  Object.values(account.resources).filter(({ type }) => type === 'AWS::CloudWatch::Alarm');

fault('a pipe that stopped', 'announcements', /AnnouncementPipe\S* is STOPPED: by hand/, ({ properties }) => {
  Object.assign(properties('AnnouncementPipe'), { CurrentState: 'STOPPED', StateReason: 'by hand' });
});

fault('no pipe', 'announcements', /There is no pipe/, ({ account }) => {
  delete account.resources.AnnouncementPipe;
});

fault('a schedule that is turned off', 'schedule', /is DISABLED/, ({ properties }) => {
  properties('ResumeEventsRuleSchedule1').State = 'DISABLED';
});

fault('no schedule', 'schedule', /There is no schedule/, ({ account }) => {
  delete account.resources.ResumeEventsRuleSchedule1;
});

fault('no alarms', 'alarms', /There is no alarm/, (deployment) => {
  for (const alarm of alarms(deployment)) alarm.type = 'none';
});

fault('an alarm that was deleted', 'alarms', /The alarm gone is not there/, (deployment) => {
  deployment.account.resources.Gone = {
    type: 'AWS::CloudWatch::Alarm',
    id: 'gone',
    properties: {},
    knownTo: 'CloudFormation',
  };
});

fault('an alarm that tells nobody', 'alarms', /The alarm \S+ tells nobody/, (deployment) => {
  const [alarm] = alarms(deployment);
  if (alarm) alarm.properties.AlarmActions = [];
});

fault('an alarm whose actions are off', 'alarms', /has its actions turned off/, (deployment) => {
  const [alarm] = alarms(deployment);
  if (alarm) alarm.properties.ActionsEnabled = false;
});

fault(
  'a log that is kept for ever',
  'logs',
  /\/aws\/lambda\/\S+-login is kept for ever/,
  ({ properties }) => {
    delete properties('LoginLogGroup').RetentionInDays;
  },
);

fault('a log that is not there', 'logs', /\/aws\/lambda\/\S+-login is not there/, ({ account }) => {
  delete account.resources.LoginLogGroup;
});
