import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import openapi from '../../openapi.json' with { type: 'json' };
import { testStack } from '../support/stack.ts';
import { readme, runnable, samples } from './readme.ts';

const stack = await testStack();

test('every sample of the README runs, one after the other', async () => {
  // React Native's are not here: Node has neither.
  const stores = `
    const items = new Map();
    const localStorage = {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: (key) => void items.delete(key),
    };
    const SecureStore = {
      getItemAsync: async (key) => localStorage.getItem(key),
      setItemAsync: async (key, value) => localStorage.setItem(key, value),
      deleteItemAsync: async (key) => localStorage.removeItem(key),
    };`;
  const last = `
    const inKeychain = developerIdentity({
      apiUrl: 'https://api.example.com',
      identityPoolId: 'us-east-1:90aa3f6c-18d2-4e7b-a5c4-6b0f2d8e1c73',
      storage: keychain,
      name: 'keychain',
    });
    await inKeychain.login({ username: 'alice', password: 'correct horse battery staple' });
    console.log('keychain', (await inKeychain.identity()).isGuest);`;
  // Amplify's is run by test/clients, where Amplify is installed.
  const program = [stores, ...samples.filter((sample) => !sample.includes('aws-amplify')), last];
  const file = fileURLToPath(new URL(`../../.readme-client-${process.pid}.mjs`, import.meta.url));
  await writeFile(file, runnable(program.join('\n'), stack));
  const { stdout } = await promisify(execFile)(process.execPath, [file]).finally(() => rm(file));
  const lines = stdout.trim().split('\n');
  const expected = [
    /^tables 2$/,
    /^logins us-east-1:\S+ \[ 'cognito-identity.amazonaws.com' \] true$/,
    /^relaunched true$/,
    /^signed out us-east-1:\S+ other_user$/,
    /^switched true$/,
    /^signed out us-east-1:\S+ logout$/,
    /^move data guest true$/,
    /^guest kept-separate$/,
    /^merge would-merge merged us-east-1:\S+$/,
    /^account 2$/,
    /^error invalid_credentials 401 undefined \S{36}$/,
    /^keychain false$/,
  ];
  assert.equal(lines.length, expected.length, stdout);
  for (const [index, line] of expected.entries()) assert.match(lines[index] ?? '', line);
});

test('each question has its answer, with a sample or a reason', () => {
  const questions = [...readme.matchAll(/^## (.*\?)$/gm)].map(([, question]) => question);
  assert.equal(questions.length, 6);
});

test('the recipes read and send what the API has', () => {
  const { LoginAnswer, Tokens, RefreshRequest } = openapi.components.schemas;
  for (const language of ['swift', 'kotlin']) {
    const [, code = ''] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme) ?? [];
    const [, tokens = ''] = /(?:struct Tokens: Codable \{ let |class Tokens\()([^}\n]*)/.exec(code) ?? [];
    const members = [...tokens.matchAll(/\b[a-z]\w*(?=[,:])/g)].map(([member]) => member);
    assert.deepEqual(members, ['identityId', 'token', 'refreshToken']);
    for (const { required } of [LoginAnswer, Tokens]) {
      assert.ok(members.every((member) => required.includes(member)));
    }
    for (const path of ['login', 'refresh']) assert.match(code, new RegExp(`post\\("/?${path}"`));
    for (const member of RefreshRequest.required) assert.match(code, new RegExp(`"${member}"`));
  }
});
