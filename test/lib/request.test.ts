import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import recorded from '../../events/login.json' with { type: 'json' };
import { maxBodyBytes, routes } from '../../lib/contract.ts';
import { hasBody } from '../../lib/request.ts';

const event = recorded as object as APIGatewayProxyEventV2;
const text = (body: string) => () => hasBody(routes.login, { ...event, body });
const base64 = (bytes: number) => () =>
  hasBody(routes.login, { ...event, body: Buffer.alloc(bytes).toString('base64'), isBase64Encoded: true });

test('a body counts as the bytes that were sent: decoded where it is base64, not as characters', () => {
  assert.doesNotThrow(text('x'.repeat(maxBodyBytes)));
  assert.throws(text('x'.repeat(maxBodyBytes + 1)), { code: 'body_too_large' });
  assert.throws(text('é'.repeat(maxBodyBytes / 2 + 1)), { code: 'body_too_large' });
  assert.doesNotThrow(base64(maxBodyBytes));
  assert.throws(base64(maxBodyBytes + 1), { code: 'body_too_large' });
});
