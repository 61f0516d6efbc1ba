import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** NIST SP 800-63B §3.1.1 (rev. 4) and ASVS 6.2.1: length is what counts. */
const minPasswordLength = 8;

/** A new password, from the terminal or else all of standard input. @throws Error for one that is too short, or typed in two ways */
export const readPassword = async (): Promise<string> => {
  const password = process.stdin.isTTY ? await askTwice() : (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password.length < minPasswordLength)
    throw new Error(`A password has at least ${minPasswordLength} characters`);
  return password;
};

const askTwice = async () => {
  const password = await askHidden('Password: ');
  if ((await askHidden('Again: ')) !== password) throw new Error('The two are not the same');
  return password;
};

/** Readline echoes to its output: this one shows the question and then nothing. */
const askHidden = async (question: string): Promise<string> => {
  process.stderr.write(question);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true });
  const answer = await terminal.question('');
  terminal.close();
  process.stderr.write('\n');
  return answer;
};
