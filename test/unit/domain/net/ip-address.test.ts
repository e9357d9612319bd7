import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOfReverseName,
  parseIpAddress,
  reverseName,
} from '../../../../shared/domain/net/ip-address.ts';

describe('parseIpAddress: valid addresses', () => {
  it.each([
    { name: 'keeps dotted decimal', text: '8.8.4.4', family: 4, canonical: '8.8.4.4' },
    { name: 'accepts 0.0.0.0', text: '0.0.0.0', family: 4, canonical: '0.0.0.0' },
    { name: 'accepts 255.255.255.255', text: '255.255.255.255', family: 4, canonical: '255.255.255.255' },
    {
      name: 'does not treat zeros before ffff as IPv4-mapped after other groups',
      text: '2001:0:0:0:0:ffff:102:304',
      family: 6,
      canonical: '2001::ffff:102:304',
    },
    {
      name: 'converts hexadecimal digits to lower case',
      text: '2001:DB8::A',
      family: 6,
      canonical: '2001:db8::a',
    },
    {
      name: 'removes leading zeros of a group',
      text: '2001:0db8:0000:0001:0000:0000:0000:0001',
      family: 6,
      canonical: '2001:db8:0:1::1',
    },
    {
      name: 'does not shorten a single zero group (RFC 5952 section 4.2.2)',
      text: '2001:db8::1:1:1:1:1',
      family: 6,
      canonical: '2001:db8:0:1:1:1:1:1',
    },
    {
      name: 'shortens the longest run of zeros (RFC 5952 section 4.2.3)',
      text: '2001:0:0:1:0:0:0:1',
      family: 6,
      canonical: '2001:0:0:1::1',
    },
    {
      name: 'shortens the first of two equal runs (RFC 5952 section 4.2.3)',
      text: '2001:db8:0:0:1:0:0:1',
      family: 6,
      canonical: '2001:db8::1:0:0:1',
    },
    { name: 'shortens a run at the end', text: '1:2:3:4:5:6:0:0', family: 6, canonical: '1:2:3:4:5:6::' },
    {
      name: 'shortens a run at the start',
      text: '0:0:3:4:5:6:7:8',
      family: 6,
      canonical: '::3:4:5:6:7:8',
    },
    { name: 'accepts the unspecified address', text: '0:0:0:0:0:0:0:0', family: 6, canonical: '::' },
    {
      name: 'accepts "::" for one group at the end',
      text: '1:2:3:4:5:6:7::',
      family: 6,
      canonical: '1:2:3:4:5:6:7:0',
    },
    {
      name: 'keeps dotted decimal in an IPv4-mapped address (RFC 5952 section 5)',
      text: '::FFFF:c000:0201',
      family: 6,
      canonical: '::ffff:192.0.2.1',
    },
    {
      name: 'does not treat dotted decimal after "::" as IPv4-mapped',
      text: '::192.0.2.1',
      family: 6,
      canonical: '::c000:201',
    },
    {
      name: 'accepts dotted decimal at the end of any IPv6 address',
      text: '1:2:3:4:5:6:192.0.2.1',
      family: 6,
      canonical: '1:2:3:4:5:6:c000:201',
    },
  ])('$name', ({ text, family, canonical }) => {
    expect(parseIpAddress(text)).toMatchObject({ family, text: canonical });
    expect(parseIpAddress(canonical)).toEqual(parseIpAddress(text));
  });
});

describe('parseIpAddress: invalid addresses', () => {
  it.each([
    { name: 'empty text', text: '' },
    { name: 'two parts, which inet_aton accepts', text: '127.1' },
    { name: 'three parts', text: '127.0.1' },
    { name: 'five parts', text: '1.2.3.4.5' },
    { name: 'a decimal number', text: '2130706433' },
    { name: 'a hexadecimal number', text: '0x7f000001' },
    { name: 'hexadecimal parts', text: '0x7f.0.0.1' },
    { name: 'octal parts', text: '0177.0.0.1' },
    { name: 'a leading zero', text: '10.0.0.01' },
    { name: 'two zeros', text: '10.00.0.1' },
    { name: 'a part above 255', text: '256.0.0.1' },
    { name: 'an empty part', text: '1..2.3' },
    { name: 'a final dot', text: '1.2.3.4.' },
    { name: 'a sign', text: '+1.2.3.4' },
    { name: 'an exponent', text: '1e1.2.3.4' },
    { name: 'leading space', text: ' 1.2.3.4' },
    { name: 'a line feed at the end', text: '1.2.3.4\n' },
    { name: 'a prefix length', text: '1.2.3.0/24' },
    { name: 'a port', text: '1.2.3.4:80' },
    { name: 'full-width digits', text: '１.２.３.４' },
    { name: 'Arabic-Indic digits', text: '١.١.١.١' },
    { name: 'a NUL', text: '1.2.3.4\0' },
    { name: 'a zone index', text: 'fe80::1%eth0' },
    { name: 'a numeric zone index', text: '2001:4860::8888%1' },
    { name: 'brackets, which belong to URLs', text: '[::1]' },
    { name: 'an IPv6 prefix length', text: '2000::/3' },
    { name: 'seven groups', text: '1:2:3:4:5:6:7' },
    { name: 'nine groups', text: '1:2:3:4:5:6:7:8:9' },
    { name: 'two "::"', text: '1::2::3' },
    { name: 'three colons', text: ':::' },
    { name: 'a lone colon', text: ':' },
    { name: 'a leading colon', text: ':1:2:3:4:5:6:7' },
    { name: 'a trailing colon', text: '1:2:3:4:5:6:7:' },
    { name: '"::" among eight groups', text: '1:2:3:4::5:6:7:8' },
    { name: 'a group of five digits', text: '12345::' },
    { name: 'a group that is not hexadecimal', text: '2001:g::' },
    { name: 'octal dotted decimal at the end', text: '::ffff:0177.0.0.1' },
    { name: 'short dotted decimal at the end', text: '::ffff:127.1' },
    { name: 'dotted decimal in the middle', text: '::192.0.2.1:1' },
    { name: 'dotted decimal before "::"', text: '192.0.2.1::' },
    { name: 'dotted decimal that makes nine groups', text: '1:2:3:4:5:6:7:192.0.2.1' },
    { name: 'text longer than any address', text: `${'0'.repeat(40)}:${':1'.repeat(10)}` },
  ])('rejects $name', ({ text }) => {
    expect(parseIpAddress(text)).toBeNull();
  });
});

describe('parseIpAddress: properties', () => {
  const almostAddress = fc
    .array(fc.constantFrom('0', '1', '9', '25', '255', '256', 'a', 'ffff', ':', '::', '.', '%', '/'), {
      maxLength: 18,
    })
    .map((parts) => parts.join(''));

  it('accepts what the socket library accepts, except zone indexes', () => {
    fc.assert(
      fc.property(fc.oneof(almostAddress, fc.ipV4(), fc.ipV6()), (text) => {
        const accepted = parseIpAddress(text)?.family ?? 0;
        expect(accepted).toBe(text.includes('%') ? 0 : isIP(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseIpAddress(text)));
  });

  it('formats IPv6 as the URL standard does', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const canonical = parseIpAddress(text)?.text ?? '';
        fc.pre(!canonical.includes('.'));
        expect(`[${canonical}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }),
    );
  });
});

describe('reverse names', () => {
  it.each([
    { name: 'reverse the octets of IPv4', address: '192.0.2.1', expected: '1.2.0.192.in-addr.arpa' },
    {
      name: 'reverse the nibbles of IPv6 (RFC 3596 section 2.5)',
      address: '4321:0:1:2:3:4:567:89ab',
      expected: 'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa',
    },
  ])('$name', ({ address, expected }) => {
    expect(reverseName(address)).toBe(expected);
    expect(addressOfReverseName(expected)?.text).toBe(address);
    expect(addressOfReverseName(expected.toUpperCase())?.text).toBe(address);
  });

  it.each([
    { name: 'a network', reverse: '2.0.192.in-addr.arpa' },
    { name: 'the zone itself', reverse: 'in-addr.arpa' },
    { name: 'the IPv6 zone itself', reverse: 'ip6.arpa' },
    { name: 'five octets', reverse: '1.1.2.0.192.in-addr.arpa' },
    { name: 'an octet with a leading zero', reverse: '01.2.0.192.in-addr.arpa' },
    { name: 'an octet above 255', reverse: '256.2.0.192.in-addr.arpa' },
    { name: 'an underscore label in front', reverse: '_ip-validation-persist.1.2.0.192.in-addr.arpa' },
    { name: 'a classless delegation (RFC 2317)', reverse: '1.0/25.2.0.192.in-addr.arpa' },
    { name: 'a final dot', reverse: '1.2.0.192.in-addr.arpa.' },
    { name: 'IPv4 octets under the IPv6 zone', reverse: '1.2.0.192.ip6.arpa' },
    { name: '32 nibbles in another zone', reverse: `${'1.'.repeat(32)}ip6.int` },
    { name: '31 nibbles', reverse: `${'1.'.repeat(31)}ip6.arpa` },
    { name: '33 nibbles', reverse: `${'1.'.repeat(33)}ip6.arpa` },
    { name: 'a label of two nibbles', reverse: `11.${'1.'.repeat(31)}ip6.arpa` },
    { name: 'a label that is not a nibble', reverse: `g.${'1.'.repeat(31)}ip6.arpa` },
    { name: 'an empty label', reverse: `.${'1.'.repeat(31)}ip6.arpa` },
    { name: 'another suffix', reverse: '1.2.0.192.in-addr.arpa.example.com' },
    { name: 'empty text', reverse: '' },
  ])('represent no address: $name', ({ reverse }) => {
    expect(addressOfReverseName(reverse)).toBeNull();
  });

  it('convert back to their address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIpAddress(text);
        expect(addressOfReverseName(reverseName(text))).toEqual(address);
      }),
    );
  });

  it('throw for a text that is not an address', () => {
    expect(() => reverseName('127.1')).toThrow('reverseName needs an IP address');
  });
});
