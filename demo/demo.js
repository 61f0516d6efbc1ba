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

/** Newest first. */
const log = (text) => {
  const item = document.createElement('li');
  const at = document.createElement('time');
  at.textContent = time(new Date());
  item.append(at, text);
  $('log').prepend(item);
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

/** Who is signed in goes by the name that was typed: the service does not tell one. */
const typedName = {
  of: (identityId) => localStorage.getItem(`demo.name.${identityId}`) ?? 'a user',
  keep: (identityId, name) => localStorage.setItem(`demo.name.${identityId}`, name),
};

const decode = (token) => {
  const bytes = Uint8Array.from(
    atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')),
    (character) => character.charCodeAt(0),
  );
  return JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 2);
};

const showIdentity = async () => {
  const identity = await auth.identity();
  const isUser = identity !== undefined && !identity.isGuest;
  $('who').textContent = !identity
    ? 'Nobody yet'
    : isUser
      ? `Signed in as ${typedName.of(identity.identityId)}`
      : 'A guest';
  $('identity-id').textContent = identity?.identityId ?? '';
  show('identity-line', identity);
  show('guest', !identity);
  show('sign-out', identity);
  $('sign-out').textContent = isUser ? 'Sign out' : 'Forget this guest';
  show('no-token', !isUser);
  show('token', isUser);
  $('token').textContent = isUser ? decode((await auth.token()).token) : '';
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
  const element = $(id);
  const form = element.closest('form');
  element.addEventListener(event, async (happened) => {
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
  typedName.keep(identityId, username);
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
  $('merged').textContent = texts[outcome];
  log(texts[outcome]);
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
