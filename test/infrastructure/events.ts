import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { routes } from '../../lib/contract.ts';
import { readInput } from '../../lib/request.ts';
import { matchPath } from '../../local/event.ts';
import { events } from '../../local/invoke.ts';
import { directory } from '../support/packaged.ts';

const deployedKeys = Object.values(directory.template.Resources).map(({ Properties }) => Properties.RouteKey);

const recorded = (name: string): APIGatewayProxyEventV2 => {
  const event = JSON.parse(readFileSync(`events/${name}.json`, 'utf8'));
  // As the endpoint's parser leaves it.
  return { ...event, ...(event.body && { body: JSON.parse(event.body) }) };
};

test('there is a recorded event for every function, and every event is of one', () => {
  assert.deepEqual(
    [...events].map(([name, all]) => [name, all.includes(name)]).sort(),
    readdirSync('functions')
      .map((file) => [file.replace('.ts', ''), true])
      .sort(),
  );
});

for (const route of Object.values(routes)) {
  for (const name of events.get(route.name) ?? []) {
    test(`the recorded event ${name} is of the route ${route.name}`, () => {
      const event = recorded(name);
      assert.ok(deployedKeys.includes(event.routeKey), event.routeKey);
      assert.equal(event.requestContext.routeKey, event.routeKey);
      assert.equal(event.requestContext.http.method, route.method);
      assert.equal(event.requestContext.http.path, event.rawPath);
      assert.deepEqual(event.pathParameters ?? {}, matchPath(route.path, event.rawPath));
    });
  }

  test(`the recorded event of ${route.name} fits the contract`, () => {
    const event = recorded(route.name);
    assert.equal(event.headers.authorization !== undefined, route.caller !== 'anyone');
    readInput(route, event);
  });
}
