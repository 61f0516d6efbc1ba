import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { routes } from '../../lib/contract.ts';
import { readInput } from '../../lib/request.ts';
import { matchPath } from '../../local/event.ts';
import { directory } from '../support/packaged.ts';

const deployedKeys = Object.values(directory.template.Resources).map(({ Properties }) => Properties.RouteKey);

const recorded = (name: string): APIGatewayProxyEventV2 => {
  const event = JSON.parse(readFileSync(`events/${name}.json`, 'utf8'));
  // As the endpoint's parser leaves it.
  return { ...event, ...(event.body && { body: JSON.parse(event.body) }) };
};

test('there is a recorded event for every function, and for no other', () => {
  assert.deepEqual(
    readdirSync('events').sort(),
    readdirSync('functions')
      .map((file) => file.replace('.ts', '.json'))
      .sort(),
  );
});

for (const route of Object.values(routes)) {
  test(`the recorded event of ${route.name} is of its route, and fits the contract`, () => {
    const event = recorded(route.name);
    assert.ok(deployedKeys.includes(event.routeKey), event.routeKey);
    assert.equal(event.requestContext.routeKey, event.routeKey);
    assert.equal(event.requestContext.http.method, route.method);
    assert.deepEqual(event.pathParameters ?? {}, matchPath(route.path, event.rawPath));
    assert.equal(event.headers.authorization !== undefined, route.caller !== 'anyone');
    readInput(route, event);
  });
}
