import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { network, site } from '../../lib/network.ts';

const known: Record<string, string> = {
  '203.0.113.7': '203.0.113.7',
  '::ffff:203.0.113.7': '203.0.113.7',
  '::FFFF:203.0.113.7': '203.0.113.7',
  '2001:db8:1:2:3:4:5:6': '2001:db8:1:2',
  '2001:db8::1': '2001:db8:0:0',
  '2001:db8::1:2:3:4:5': '2001:db8:0:1',
  '2001:0DB8::': '2001:db8:0:0',
  '::1': '0:0:0:0',
  '::': '0:0:0:0',
  '1:2:3:4:5:6:7::': '1:2:3:4',
  'fe80::1%eth0': 'fe80:0:0:0',
  '': '',
};
for (const [address, expected] of Object.entries(known)) {
  test(`"${address}" is of ${expected || 'nowhere'}`, () => assert.equal(network(address), expected));
}

test('an IPv6 address is of the same network however it is written, and whatever its last half', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(0xffff), { minLength: 4, maxLength: 4 }),
      fc.array(fc.nat(0xffff), { minLength: 4, maxLength: 4 }),
      (first, last) => {
        const expected = first.map((group) => group.toString(16)).join(':');
        const full = [...first, ...last].map((group) => group.toString(16).padStart(4, '0')).join(':');
        // The URL parser writes it in its short form.
        const short = new URL(`http://[${full}]`).hostname.slice(1, -1);
        assert.equal(network(full.toUpperCase()), expected);
        assert.equal(network(short), expected);
        assert.equal(site(short), expected.split(':').slice(0, 3).join(':'));
      },
    ),
  );
});

test('an IPv4 address, mapped or not, is of no site', () => {
  for (const address of ['203.0.113.7', '::ffff:203.0.113.7', '']) assert.equal(site(address), undefined);
});
