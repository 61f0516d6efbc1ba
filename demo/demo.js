import { developerIdentity } from '/demo/client.js';

const config = await (await fetch('/demo/config.json')).json();
const auth = developerIdentity({
  apiUrl: location.origin,
  identityPoolId: config.identityPoolId,
  cognitoEndpoint: config.cognitoEndpoint,
  storage: localStorage,
});

const $ = (id) => document.getElementById(id);
const show = (id, isShown) => {
  $(id).hidden = !isShown;
};
const time = (date) => date.toLocaleTimeString('en-GB');

const element = (name, text, properties) =>
  Object.assign(document.createElement(name), { textContent: text, ...properties });

/** An identityId is whole where there is room; elsewhere the style leaves the UUID's start, and the title has it all. */
const identityIdElement = (id) => {
  const [region, uuid] = id.split(':');
  const rest = (text) => element('span', text, { className: 'rest' });
  const all = element('span', '', { className: 'id', title: id });
  all.append(rest(`${region}:`), uuid.slice(0, 8), rest(uuid.slice(8)));
  return all;
};
const withIds = (text) =>
  text
    .split(/([\w-]+:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/)
    .map((part, index) => (index % 2 ? identityIdElement(part) : part));

/** Newest first. Answers the line. */
const log = (text) => {
  const item = element('li');
  item.append(element('time', time(new Date())), ...withIds(text));
  $('log').prepend(item);
  return item;
};

const names = {
  signed_out: 'Nobody is signed in.',
  invalid_credentials: 'The username or the password is wrong.',
  identity_not_found:
    'One of the two never signed in, and has no identity to merge. Sign in as each of them first.',
  network_error: 'Nothing answers. Is npm start still running?',
};
const explain = ({ code, message, retryAfter }) =>
  (names[code] ?? `${message} (${code}).`) + (retryAfter ? ` Try again in ${retryAfter} s.` : '');

const claims = async () => {
  const { token } = await auth.token();
  const bytes = Uint8Array.from(
    atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')),
    (character) => character.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
};

/**
 * Who is signed in goes by the name that was typed: the service does not tell one. It is kept by the token's login:
 * after a merge two users have the one identityId.
 */
const nameKey = ({ amr }) => `demo.name.${amr.at(-1)}`;
const nameOf = (token) => localStorage.getItem(nameKey(token)) ?? 'a user';

/** What a form said was said to whoever was signed in then. */
const showWho = (text) => {
  if ($('who').textContent === text) return;
  $('who').textContent = text;
  for (const message of document.querySelectorAll('.problem, output')) message.textContent = '';
};

/** One of the two buttons is there: the focus of the one that goes passes to the other. */
const showButtons = (identity) => {
  const buttons = [$('guest'), $('sign-out')];
  const isFocused = buttons.includes(document.activeElement);
  show('guest', !identity);
  show('sign-out', identity);
  $('sign-out').textContent = identity?.isGuest ? 'Forget this guest' : 'Sign out';
  if (isFocused) buttons.find(({ hidden }) => !hidden).focus();
};

const showIdentity = async () => {
  const identity = await auth.identity();
  const isUser = identity !== undefined && !identity.isGuest;
  $('identity-id').textContent = identity?.identityId ?? '';
  show('identity-line', identity);
  showButtons(identity);
  show('no-token', !isUser);
  show('token', isUser);
  const token = isUser ? await claims() : undefined;
  $('token').textContent = token ? JSON.stringify(token, null, 2) : '';
  showWho(token ? `Signed in as ${nameOf(token)}` : identity ? 'A guest' : 'Nobody yet');
  await showCredentials();
};

/** Asks every second, as an app does at every use: it is the client that keeps them, and gets new ones in time. */
const showCredentials = async () => {
  const credentials = await auth.credentials().catch(() => undefined);
  show('credentials', credentials);
  show('no-credentials', !credentials);
  if (!credentials) return;
  const seconds = Math.max(0, Math.round((credentials.expiration.getTime() - Date.now()) / 1000));
  if ($('access-key').textContent !== credentials.accessKeyId)
    log(`New credentials: ${credentials.accessKeyId}`);
  $('access-key').textContent = credentials.accessKeyId;
  $('expires-at').textContent = time(credentials.expiration);
  $('lasts').textContent = `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  $('left').value = seconds;
};

/** Runs what a button or a form asks for, one at a time, and says beside it why it failed. */
const on = (id, event, run) => {
  const form = $(id).closest('form');
  $(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    if (document.body.ariaBusy === 'true') return;
    document.body.ariaBusy = 'true';
    const problem = form?.querySelector('.problem');
    if (problem) problem.textContent = '';
    try {
      await run(form && new FormData(form, happened.submitter));
    } catch (error) {
      if (problem) problem.textContent = explain(error);
      else log(explain(error));
    }
    document.body.ariaBusy = 'false';
    await showIdentity().catch((error) => log(explain(error)));
  });
};

const linked = {
  linked: (name) => `The guest is ${name} now: the identityId stayed.`,
  'kept-separate': (name) => `${name} had an identity already: the guest is kept separate.`,
};

on('guest', 'click', async () => {
  const { identityId } = await auth.guest();
  log(`A guest: ${identityId}`);
});
on('sign-in', 'submit', async (form) => {
  const username = form.get('username');
  const { identityId, guest } = await auth.login({ username, password: form.get('password') });
  localStorage.setItem(nameKey(await claims()), username);
  log(`Signed in as ${username}: ${identityId}. ${linked[guest]?.(username) ?? ''}`);
});
on('sign-out', 'click', async () => {
  const identity = await auth.identity();
  await auth.logout();
  if (identity?.isGuest) log('The guest is forgotten.');
});
on('refresh', 'click', () => auth.credentials({ forceRefresh: true }));
on('merge', 'submit', async (form) => {
  $('merged').textContent = '';
  const account = (name) => ({ username: form.get(name), password: form.get(`${name}-password`) });
  const [source, destination] = [account('source'), account('destination')];
  const { outcome, identityId } = await auth.merge({ source, destination, dryRun: form.has('dry-run') });
  const both = `${source.username} and ${destination.username}`;
  const texts = {
    merged: `Merged: ${both} have ${identityId}.`,
    'already-merged': `Nothing to do: ${both} had ${identityId} already.`,
    'would-merge': `It would merge: ${both} would have ${identityId}.`,
  };
  $('merged').append(...withIds(texts[outcome]));
  // The form has told it to a screen reader.
  log(texts[outcome]).ariaLive = 'off';
});

auth.onSignedOut(({ identityId, reason }) => {
  const reasons = {
    logout: 'signed out',
    session_ended: 'the session is over',
    other_user: 'somebody else signed in',
    elsewhere: 'signed out in another tab',
  };
  log(`No longer ${identityId}: ${reasons[reason]}.`);
  void showIdentity();
});
auth.onIdentityChanged(({ from, to, reason }) => log(`Move the data of ${from} to ${to} (${reason}).`));
// Another tab may have signed in.
addEventListener('focus', () => void showIdentity().catch((error) => log(explain(error))));

const [alice = '', bob = ''] = config.users;
const prefilled = {
  'sign-in': { username: alice, password: config.password },
  merge: {
    source: bob,
    'source-password': config.password,
    destination: alice,
    'destination-password': config.password,
  },
};
for (const [form, fields] of Object.entries(prefilled)) {
  for (const [name, value] of Object.entries(fields)) $(form).elements[name].value = value;
}
$('users').textContent = alice
  ? `${alice} and ${bob} are there, with the password “${config.password}”.`
  : 'Users of your own backend. This page signs in with a username and a password.';

await showIdentity().catch((error) => log(explain(error)));
setInterval(() => void showCredentials(), 1000);
