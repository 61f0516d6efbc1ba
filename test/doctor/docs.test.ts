import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checks } from '../../doctor/checks.ts';
import { startDeployment } from '../support/deployment.ts';

const document = readFileSync('docs/doctor.md', 'utf8');

test('every check is in docs/doctor.md, as it is', () => {
  const rows = checks.map(({ name, what, mend }) => `| ${name} | ${what} | ${mend} |\n`).join('');
  assert.ok(document.includes(rows), rows);
});

test('the permissions of docs/doctor.md are what is asked for', async (t) => {
  const { account, outcomes } = await startDeployment(t);
  await outcomes();
  const [, policy = ''] = /```json\n([\s\S]*?)```/.exec(document) ?? [];
  const [{ Action }] = JSON.parse(policy).Statement;
  // The emulator does not tell what it was asked.
  const cognito = ['cognito-identity:DescribeIdentityPool', 'cognito-identity:GetIdentityPoolRoles'];
  assert.deepEqual(new Set(Action), new Set([...account.asked, ...cognito]));
});
