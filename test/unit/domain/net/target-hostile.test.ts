import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VALIDATION_METHODS } from '../../../../shared/domain/check/check.ts';
import { reverseName } from '../../../../shared/domain/net/ip-address.ts';
import { SPECIAL_PURPOSE_BLOCKS } from '../../../../shared/domain/net/special-purpose.ts';
import { SPECIAL_USE_NAMES } from '../../../../shared/domain/net/special-use.ts';
import { normaliseTarget, type TargetRules } from '../../../../shared/domain/net/target.ts';
import type { TargetProblem } from '../../../../shared/domain/net/target-problems.ts';
import { edgesOf, toText } from './address-arithmetic.ts';

const CAA: TargetRules = { allowTestNames: false, checkType: 'caa' };
const DCV: readonly TargetRules[] = VALIDATION_METHODS.map((method) => ({
  allowTestNames: false,
  checkType: 'dcv',
  method,
}));
const EVERY_CHECK = [CAA, ...DCV];

/** Upper bound of a message: at most 100 quoted characters, each at most ten as an escape, and two sentences. */
const MAX_MESSAGE_CHARACTERS = 1500;
/** The last sentence is an instruction. */
const REMEDY = /\. (?:Encode|Only|Remove|Send|Shorten|Use|Write)\b[^\n]*\.$/;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Returns the code of the rejection; asserts that the message is printable and ends with an instruction. */
function problemOf(text: string, rules: TargetRules): TargetProblem | 'accepted' {
  const result = normaliseTarget(text, rules);
  if (result.ok) return 'accepted';
  expect(result.message).toMatch(REMEDY);
  expect(result.message).not.toMatch(UNSEEN);
  expect(result.message.length).toBeLessThan(MAX_MESSAGE_CHARACTERS);
  return result.code;
}

describe('Every check rejects a hostile target with an actionable message:', () => {
  it.each<{ name: string; text: string; code: TargetProblem }>([
    // Texts that some resolvers and C libraries read as an IPv4 address.
    { name: 'two numbers', text: '127.1', code: 'not-a-domain-name' },
    { name: 'three numbers', text: '127.0.1', code: 'not-a-domain-name' },
    { name: 'a hexadecimal number and a number', text: '0x7f.1', code: 'not-a-domain-name' },
    { name: 'four hexadecimal numbers', text: '0x7f.0x0.0x0.0x1', code: 'not-a-domain-name' },
    { name: 'one number', text: '2130706433', code: 'not-a-domain-name' },
    { name: 'one number with a final dot', text: '2130706433.', code: 'not-a-domain-name' },
    { name: 'one octal number', text: '017700000001', code: 'not-a-domain-name' },
    { name: 'octal parts', text: '0177.0.0.1', code: 'not-a-domain-name' },
    { name: 'a leading zero', text: '8.8.8.08', code: 'not-a-domain-name' },
    { name: 'zero-padded octets', text: '008.008.008.008', code: 'not-a-domain-name' },
    { name: 'a number that wraps around', text: '256.256.256.256', code: 'not-a-domain-name' },
    { name: 'a number of 33 bits', text: '4294967297', code: 'not-a-domain-name' },
    { name: 'a sign', text: '+8.8.8.8', code: 'not-a-domain-name' },
    { name: 'full-width digits and dots', text: '１２７．０．０．１', code: 'not-a-domain-name' },
    { name: 'Arabic-Indic digits', text: '١٢٧.٠.٠.١', code: 'not-a-domain-name' },
    { name: 'superscript digits', text: '¹²⁷.⁰.⁰.¹', code: 'not-a-domain-name' },
    { name: 'an address with ideographic dots', text: '8。8。8。8', code: 'not-a-domain-name' },
    { name: 'a zone index on IPv4', text: '8.8.8.8%eth0', code: 'not-a-domain-name' },
    { name: 'a wildcard over two numbers', text: '*.127.1', code: 'not-a-domain-name' },

    // Parts of URLs and socket addresses.
    { name: 'a zone index in brackets', text: '[fe80::1%eth0]', code: 'not-an-ip-address' },
    { name: 'an encoded zone index in brackets', text: '[fe80::1%25eth0]', code: 'not-an-ip-address' },
    { name: 'an empty zone index', text: '2606:4700::1%', code: 'not-an-ip-address' },
    { name: 'a colon without a port number', text: '[2606:4700::1]:', code: 'not-an-ip-address' },
    { name: 'an address of a future version', text: '[v1.fe80::a]', code: 'not-an-ip-address' },
    { name: 'two ports', text: 'a.com:80:80', code: 'not-a-domain-name' },
    { name: 'an empty port', text: 'example.com:', code: 'not-a-domain-name' },
    { name: 'brackets after a name', text: 'example.com[::1]', code: 'not-a-domain-name' },
    { name: 'a path', text: 'example.com/.well-known', code: 'not-a-domain-name' },
    { name: 'a final slash', text: 'example.com/', code: 'not-a-domain-name' },
    { name: 'a query', text: 'example.com?a=b', code: 'not-a-domain-name' },
    { name: 'a fragment', text: 'example.com#a', code: 'not-a-domain-name' },
    { name: 'a user', text: 'user@example.com', code: 'not-a-domain-name' },
    { name: 'a user and a password', text: 'user:secret@example.com', code: 'not-a-domain-name' },
    { name: 'a URL with an address', text: 'http://[::1]/', code: 'not-a-domain-name' },
    { name: 'a URL without scheme', text: '//example.com', code: 'not-a-domain-name' },
    { name: 'a data URL', text: 'data:,example.com', code: 'not-a-domain-name' },
    { name: 'a relative path', text: '../example.com', code: 'not-a-domain-name' },
    { name: 'a UNC path', text: '\\\\example.com\\share', code: 'not-a-domain-name' },
    { name: 'an encoded dot', text: 'example%2ecom', code: 'not-a-domain-name' },
    { name: 'an encoded NUL', text: 'example.com%00', code: 'not-a-domain-name' },
    { name: 'two names', text: 'example.com,example.net', code: 'not-a-domain-name' },
    { name: 'a name in quotation marks', text: '"example.com"', code: 'not-a-domain-name' },

    // Characters that terminate, hide or reorder the text around them.
    { name: 'a NUL in front', text: '\0example.com', code: 'not-a-domain-name' },
    { name: 'a NUL in an address', text: '8.8.8.8\0', code: 'not-a-domain-name' },
    { name: 'a NUL in IPv6', text: '2606:4700::1\0', code: 'not-an-ip-address' },
    { name: 'an injected log line', text: 'a.com\r\nlevel=error', code: 'not-a-domain-name' },
    { name: 'an injected header field', text: 'a.com\r\nHost: b.com', code: 'not-a-domain-name' },
    { name: 'a line feed after IPv6', text: '2606:4700::1\n', code: 'not-an-ip-address' },
    { name: 'a line feed after brackets', text: '[2606:4700::1]\n', code: 'not-an-ip-address' },
    { name: 'a vertical tab', text: 'a\vb.com', code: 'not-a-domain-name' },
    { name: 'DEL', text: 'a\u007fb.com', code: 'not-a-domain-name' },
    { name: 'a terminal escape sequence', text: '\u001b[31ma.com', code: 'not-a-domain-name' },
    { name: 'a C1 control character', text: 'a\u009b31m.com', code: 'not-a-domain-name' },
    { name: 'a next-line character', text: 'a.com\u0085', code: 'not-a-domain-name' },
    { name: 'a line separator', text: 'a.com\u2028', code: 'not-a-domain-name' },
    { name: 'a left-to-right override', text: 'a\u202db.com', code: 'not-a-domain-name' },
    { name: 'an isolate', text: '\u2066a.com\u2069', code: 'not-a-domain-name' },
    { name: 'a right-to-left mark', text: 'a\u200f.com', code: 'not-a-domain-name' },
    { name: 'an Arabic letter mark', text: 'a\u061c.com', code: 'not-a-domain-name' },
    { name: 'a right-to-left override after an asterisk', text: '*\u202e.a.com', code: 'misplaced-wildcard' },
    { name: 'a NUL after an asterisk', text: '*\0.a.com', code: 'misplaced-wildcard' },
    { name: 'invisible tags', text: 'a\u{e0061}.com', code: 'not-a-domain-name' },
    { name: 'an invisible filler', text: 'a\u3164.com', code: 'not-a-domain-name' },

    // Texts of 64 KiB.
    { name: 'a label of 64 KiB', text: 'a'.repeat(65_536), code: 'not-a-domain-name' },
    { name: 'labels of 64 KiB', text: 'a.'.repeat(32_768), code: 'not-a-domain-name' },
    { name: 'dots of 64 KiB', text: '.'.repeat(65_536), code: 'not-a-domain-name' },
    { name: 'U-labels of 64 KiB', text: 'ü.'.repeat(32_768), code: 'not-a-domain-name' },
    { name: 'emoji of 64 KiB', text: '\u{1f600}'.repeat(16_384), code: 'not-a-domain-name' },
    { name: 'A-label prefixes of 64 KiB', text: 'xn--'.repeat(16_384), code: 'not-a-domain-name' },
    { name: 'control characters of 64 KiB', text: '\u0007'.repeat(65_536), code: 'not-a-domain-name' },
    { name: 'asterisks of 64 KiB', text: '*.'.repeat(32_768), code: 'misplaced-wildcard' },
    { name: 'colons of 64 KiB', text: ':'.repeat(65_536), code: 'not-an-ip-address' },
    { name: 'brackets of 64 KiB', text: '['.repeat(65_536), code: 'not-an-ip-address' },
    { name: 'digits of 64 KiB', text: '1'.repeat(65_536), code: 'not-a-domain-name' },
    { name: 'hexadecimal groups of 64 KiB', text: 'ffff:'.repeat(13_107), code: 'not-an-ip-address' },
  ])('$name', ({ text, code }) => {
    for (const rules of EVERY_CHECK) expect(problemOf(text, rules), rules.method ?? 'caa').toBe(code);
  });

  // TLS BR 4.2.2 [certificate-names]: Internal Names. Other spellings of a special name count as the special name.
  it.each(SPECIAL_USE_NAMES.map(({ suffix }) => suffix))('names at and below %s', (suffix) => {
    const fullWidth = suffix.replace(/[a-z]/g, (letter) =>
      String.fromCharCode(letter.charCodeAt(0) + 0xff41 - 0x61),
    );
    const isSingleLabel = !suffix.includes('.');
    for (const rules of EVERY_CHECK) {
      expect(problemOf(suffix, rules)).toBe(isSingleLabel ? 'not-a-domain-name' : 'special-use-name');
      expect(problemOf(`*.${suffix}`, rules)).toBe(isSingleLabel ? 'not-a-domain-name' : 'special-use-name');
      for (const text of [
        `a.${suffix}.`,
        `*.a.${suffix.toUpperCase()}`,
        `a.${fullWidth}`,
        `a。${suffix}`,
        `bücher.${suffix}`,
        `127.0.0.1.${suffix}`,
        `${'a.'.repeat(100)}${suffix}`,
      ]) {
        expect(problemOf(text, rules), text).toBe('special-use-name');
      }
    }
  });

  it('a Tor address of either version', () => {
    for (const label of ['a'.repeat(16), 'b'.repeat(56)]) {
      for (const rules of EVERY_CHECK) expect(problemOf(`${label}.onion`, rules)).toBe('special-use-name');
    }
  });

  // TLS BR 3.2.2.5.3 [ip-reverse]: only the reverse name of one full address, no other name of the zone.
  it.each([
    { name: 'five octets', text: '1.4.3.2.1.in-addr.arpa' },
    { name: 'an octet with a leading zero', text: '04.3.2.1.in-addr.arpa' },
    { name: 'an octet out of range', text: '256.3.2.1.in-addr.arpa' },
    { name: 'a hexadecimal octet', text: '0x4.3.2.1.in-addr.arpa' },
    { name: 'a classless delegation (RFC 2317)', text: '4.0-127.2.1.in-addr.arpa' },
    { name: 'IPv4 digits below ip6.arpa', text: '4.3.2.1.ip6.arpa' },
    { name: '31 nibbles', text: reverseName('2606:4700::1').slice(2) },
    { name: '33 nibbles', text: `0.${reverseName('2606:4700::1')}` },
    { name: 'an invalid nibble', text: reverseName('2606:4700::1').replace('1', 'g') },
    { name: 'nibbles in groups', text: '0001.0000.0000.0000.0000.0000.4700.2606.ip6.arpa' },
    { name: 'a wildcard over a reverse name', text: `*.${reverseName('2606:4700::1')}` },
    { name: 'a wildcard directly below in-addr.arpa', text: '*.in-addr.arpa' },
    { name: 'a name below a reverse name', text: 'www.4.3.2.1.in-addr.arpa' },
    { name: 'the zone in full-width letters', text: 'a.ｉｎ-ａｄｄｒ.ａｒｐａ' },
    { name: 'the zone with a final dot', text: 'in-addr.arpa.' },
  ])('a name of the reverse zones: $name', ({ text }) => {
    for (const rules of EVERY_CHECK) {
      expect(problemOf(text, rules), rules.method ?? 'caa').toBe('reverse-name-not-allowed');
    }
  });

  // TLS BR 4.2.2 [certificate-names]: Reserved IP Addresses, in any form.
  it.each(SPECIAL_PURPOSE_BLOCKS.map(({ block }) => block))('addresses of %s', (block) => {
    const { family, first, last } = edgesOf(block);
    const middle = { family, value: first.value + (last.value - first.value) / 2n };
    for (const address of [first, middle, last].map(toText)) {
      const forms = family === 4 ? [address] : [address, `[${address}]`, address.toUpperCase()];
      for (const text of forms) {
        expect(problemOf(text, CAA), text).toBe('ip-address-not-allowed');
        for (const rules of DCV) expect(problemOf(text, rules), text).toBe('reserved-ip-address');
      }
      for (const rules of EVERY_CHECK) {
        const isMethod = rules.method === 'reverse-address-lookup';
        expect(problemOf(reverseName(address), rules), address).toBe(
          isMethod ? 'reserved-ip-address' : 'reverse-name-not-allowed',
        );
      }
    }
  });

  it('a reserved IPv4 address inside an IPv6 one', () => {
    const insides = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '8.8.8.8'];
    const prefixes = ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::'];
    for (const text of prefixes.flatMap((prefix) => insides.map((inside) => prefix + inside))) {
      for (const rules of DCV) expect(problemOf(text, rules), text).toBe('reserved-ip-address');
    }
  });

  it('any name with one forbidden character at any position', () => {
    const unseen = fc.constantFrom(
      ...'\0\t\n\r\v\f\u001b\u007f\u0085\u2028\u2029\u202e\u2066\ufeff /@:%?#\\"',
    );
    fc.assert(
      fc.property(fc.domain(), unseen, fc.nat(), fc.constantFrom(...EVERY_CHECK), (name, one, at, rules) => {
        const cut = at % (name.length + 1);
        expect(problemOf(name.slice(0, cut) + one + name.slice(cut), rules)).not.toBe('accepted');
      }),
      { numRuns: 500 },
    );
  });
});
