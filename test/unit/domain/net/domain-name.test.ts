import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseDomainName } from '../../../../shared/domain/net/domain-name.ts';
import { NAME_PROBLEMS, type NameProblem } from '../../../../shared/domain/net/ldh-name.ts';

const LABEL_63 = 'a'.repeat(63);
/** 3 * 64 + 61 = 253 characters. */
const NAME_253 = `${LABEL_63}.${LABEL_63}.${LABEL_63}.${'b'.repeat(61)}`;

describe('normaliseDomainName: valid names', () => {
  it.each([
    { name: 'returns an ordinary name unchanged', text: 'www.example.com', expected: 'www.example.com' },
    { name: 'converts capitals to lower case', text: 'WWW.Example.COM', expected: 'www.example.com' },
    { name: 'removes one final dot', text: 'example.com.', expected: 'example.com' },
    {
      name: 'accepts a label that starts with a digit (RFC 1123 section 2.1)',
      text: '1.3com.net',
      expected: '1.3com.net',
    },
    { name: 'accepts hyphens inside labels', text: 'a-b.c-d--e.f-g-h.net', expected: 'a-b.c-d--e.f-g-h.net' },
    { name: 'accepts a label of 63 octets', text: `${LABEL_63}.com`, expected: `${LABEL_63}.com` },
    { name: 'accepts a name of 253 octets', text: NAME_253, expected: NAME_253 },
    { name: 'accepts a name of 253 octets and a final dot', text: `${NAME_253}.`, expected: NAME_253 },
    { name: 'accepts a last label that ends with a digit', text: 'example.x1', expected: 'example.x1' },
    { name: 'accepts a last label that begins with a digit', text: 'example.1x', expected: 'example.1x' },
    { name: 'converts a U-label to its A-label', text: 'bücher.com', expected: 'xn--bcher-kva.com' },
    {
      name: 'converts capitals of a U-label to lower case',
      text: 'BÜCHER.com',
      expected: 'xn--bcher-kva.com',
    },
    { name: 'composes a decomposed letter', text: 'bu\u0308cher.com', expected: 'xn--bcher-kva.com' },
    { name: 'returns an A-label unchanged', text: 'xn--bcher-kva.com', expected: 'xn--bcher-kva.com' },
    { name: 'converts an A-label to lower case', text: 'XN--BCHER-KVA.com', expected: 'xn--bcher-kva.com' },
    {
      name: 'accepts A-labels and U-labels in one name',
      text: 'xn--bcher-kva.bücher.com.',
      expected: 'xn--bcher-kva.xn--bcher-kva.com',
    },
    { name: 'keeps sharp s instead of "ss" (nontransitional)', text: 'faß.de', expected: 'xn--fa-hia.de' },
    { name: 'keeps final sigma (nontransitional)', text: 'βόλος.com', expected: 'xn--nxasmm1c.com' },
    { name: 'maps full-width letters to letters', text: 'ｅｘａｍｐｌｅ.com', expected: 'example.com' },
    {
      name: 'treats ideographic full stops as label separators',
      text: '例え。テスト。com',
      expected: 'xn--r8jz45g.xn--zckzah.com',
    },
    { name: 'accepts a whole name in another script', text: '中国.中国', expected: 'xn--fiqs8s.xn--fiqs8s' },
    { name: 'accepts right-to-left labels', text: 'א.com', expected: 'xn--4db.com' },
    {
      name: 'accepts a joiner after a virama (RFC 5892 A.2)',
      text: 'ශ්‍රී.com',
      expected: 'xn--10cl1a0b660p.com',
    },
    {
      name: 'accepts a middle dot between two l (RFC 5892 A.3)',
      text: 'col·lega.cat',
      expected: 'xn--collega-xma.cat',
    },
    {
      name: 'accepts a keraia before a Greek letter (RFC 5892 A.4)',
      text: '͵α.gr',
      expected: 'xn--wva4j.gr',
    },
    {
      name: 'accepts a geresh after a Hebrew letter (RFC 5892 A.5)',
      text: 'א׳.com',
      expected: 'xn--4db4e.com',
    },
    {
      name: 'accepts a katakana middle dot among katakana (RFC 5892 A.7)',
      text: 'ア・ア.jp',
      expected: 'xn--ccka0y.jp',
    },
    {
      name: 'accepts ideographic zero, a permitted exception (RFC 5892 2.6)',
      text: '二〇.cn',
      expected: 'xn--w6jt23g.cn',
    },
  ])('$name', ({ text, expected }) => {
    expect(normaliseDomainName(text)).toEqual({ ok: true, name: expected });
    expect(normaliseDomainName(expected)).toEqual({ ok: true, name: expected });
  });
});

interface BadRow {
  readonly name: string;
  readonly text: string;
  readonly code: NameProblem;
}

describe('normaliseDomainName: invalid names', () => {
  it.each<BadRow>([
    { name: 'empty text', text: '', code: 'empty-name' },
    { name: 'the root', text: '.', code: 'empty-name' },
    { name: 'two final dots', text: 'example.com..', code: 'empty-label' },
    { name: 'a leading dot', text: '.example.com', code: 'empty-label' },
    { name: 'an empty label', text: 'a..b', code: 'empty-label' },
    { name: 'an empty label between U-labels', text: 'ü..ü.com', code: 'empty-label' },
    { name: 'an empty label made by mapping', text: 'a。.com', code: 'empty-label' },
    { name: 'an ideographic final dot', text: 'example.com。', code: 'empty-label' },
    { name: 'a single label', text: 'localhost', code: 'single-label' },
    { name: 'a single label with a final dot', text: 'com.', code: 'single-label' },
    { name: 'a single U-label', text: '中国', code: 'single-label' },

    { name: 'a label of 64 octets', text: `a${LABEL_63}.com`, code: 'label-too-long' },
    {
      name: 'a U-label whose A-label has more than 63 octets',
      text: `${'ü'.repeat(60)}.com`,
      code: 'label-too-long',
    },
    { name: 'a name of 254 octets', text: `${NAME_253}b`, code: 'name-too-long' },
    { name: 'a name of 254 octets with a final dot', text: `${NAME_253}b.`, code: 'name-too-long' },
    {
      name: 'a U-label name whose A-labels have more than 253 octets',
      text: `${'üüüüüü.'.repeat(30)}com`,
      code: 'name-too-long',
    },
    { name: 'a text of a million characters', text: 'ü'.repeat(1_000_000), code: 'name-too-long' },

    { name: 'an underscore', text: '_dmarc.example.com', code: 'forbidden-character' },
    { name: 'an underscore inside a label', text: 'a_b.example.com', code: 'forbidden-character' },
    { name: 'an underscore beside a U-label', text: '_dmarc.bücher.com', code: 'forbidden-character' },
    { name: 'an asterisk', text: '*.example.com', code: 'forbidden-character' },
    { name: 'a leading space', text: ' example.com', code: 'forbidden-character' },
    { name: 'a trailing space', text: 'example.com ', code: 'forbidden-character' },
    { name: 'a space inside', text: 'exa mple.com', code: 'forbidden-character' },
    { name: 'a no-break space', text: 'exa\u00A0mple.com', code: 'forbidden-character' },
    { name: 'a tab', text: 'example.com\t', code: 'forbidden-character' },
    { name: 'a line feed', text: 'example.com\n', code: 'forbidden-character' },
    { name: 'a NUL', text: 'example.com\0.evil.com', code: 'forbidden-character' },
    { name: 'a NUL beside a U-label', text: 'bücher\0.com', code: 'forbidden-character' },
    { name: 'a port', text: 'example.com:443', code: 'forbidden-character' },
    { name: 'a path', text: 'example.com/path', code: 'forbidden-character' },
    { name: 'a URL', text: 'https://example.com', code: 'forbidden-character' },
    { name: 'a backslash', text: 'example\\.com', code: 'forbidden-character' },
    { name: 'an email address', text: 'user@example.com', code: 'forbidden-character' },
    { name: 'percent-encoding', text: 'b%C3%BCcher.com', code: 'forbidden-character' },
    { name: 'a comma', text: 'a,b.com', code: 'forbidden-character' },
    {
      name: 'a soft hyphen, which UTS 46 would drop',
      text: 'exam\u00ADple.com',
      code: 'forbidden-character',
    },
    { name: 'a zero-width space', text: 'exam\u200Bple.com', code: 'forbidden-character' },
    { name: 'a word joiner', text: 'exam\u2060ple.com', code: 'forbidden-character' },
    { name: 'a byte order mark', text: '\uFEFFexample.com', code: 'forbidden-character' },
    { name: 'a variation selector', text: 'a\uFE0F.com', code: 'forbidden-character' },
    { name: 'a combining grapheme joiner', text: 'a\u034Fb.com', code: 'forbidden-character' },
    { name: 'a right-to-left override', text: '\u202Emoc.com', code: 'forbidden-character' },
    { name: 'an emoji', text: '😀.com', code: 'forbidden-character' },
    { name: 'an emoji as A-label', text: 'xn--e28h.com', code: 'forbidden-character' },
    { name: 'a heart symbol', text: 'i♥.com', code: 'forbidden-character' },
    { name: 'a currency sign', text: '€.com', code: 'forbidden-character' },
    { name: 'a slash look-alike', text: 'example.com⁄path.net', code: 'forbidden-character' },
    { name: 'a full-width slash', text: 'example.com／path.net', code: 'forbidden-character' },
    { name: 'a full-width colon', text: 'example.com：80', code: 'forbidden-character' },
    { name: 'a private-use character', text: '\uE000.com', code: 'forbidden-character' },
    { name: 'an unassigned code point', text: 'a\u{E0FFF}.com', code: 'forbidden-character' },
    { name: 'a noncharacter', text: 'a\uFFFE.com', code: 'forbidden-character' },
    { name: 'a lone high surrogate', text: 'a\uD83D.com', code: 'forbidden-character' },
    { name: 'a lone low surrogate', text: '\uDE00a.com', code: 'forbidden-character' },
    { name: 'conjoining jamo of old Hangul', text: '\u1100\u115E.com', code: 'forbidden-character' },
    { name: 'an Arabic tatweel', text: 'مـم.com', code: 'forbidden-character' },
    { name: 'a middle dot not between two l', text: 'a·b.com', code: 'forbidden-character' },
    { name: 'a keraia before a Latin letter', text: '͵a.com', code: 'forbidden-character' },
    { name: 'a geresh without a Hebrew letter before it', text: '׳א.com', code: 'forbidden-character' },
    { name: 'a katakana middle dot without Japanese text', text: 'a・b.com', code: 'forbidden-character' },
    { name: 'Arabic-Indic digits of both kinds', text: 'م\u0661\u06F2.com', code: 'forbidden-character' },

    { name: 'a leading hyphen', text: '-a.com', code: 'misplaced-hyphen' },
    { name: 'a trailing hyphen', text: 'a-.com', code: 'misplaced-hyphen' },
    { name: 'a lone hyphen', text: '-.com', code: 'misplaced-hyphen' },
    { name: 'a hyphen at the end of the last label', text: 'example.com-', code: 'misplaced-hyphen' },
    { name: 'hyphens in third and fourth place', text: 'ab--cd.com', code: 'reserved-label' },

    {
      name: 'two numbers, which many parsers read as loopback',
      text: '127.1',
      code: 'numeric-top-level-label',
    },
    { name: 'a hexadecimal number and a number', text: '0x7f.1', code: 'numeric-top-level-label' },
    { name: 'a hexadecimal last label', text: '1.0x7f', code: 'numeric-top-level-label' },
    { name: 'a bare hexadecimal prefix as last label', text: 'example.0x', code: 'numeric-top-level-label' },
    { name: 'one decimal number', text: '2130706433', code: 'numeric-top-level-label' },
    { name: 'one hexadecimal number', text: '0x7f000001', code: 'numeric-top-level-label' },
    { name: 'one hexadecimal number in capitals', text: '0X7F000001', code: 'numeric-top-level-label' },
    { name: 'one octal number', text: '017700000001', code: 'numeric-top-level-label' },
    { name: 'octal parts', text: '0177.0.0.1', code: 'numeric-top-level-label' },
    { name: 'dotted decimal', text: '192.0.2.1', code: 'numeric-top-level-label' },
    { name: 'dotted decimal with a final dot', text: '192.0.2.1.', code: 'numeric-top-level-label' },
    { name: 'dotted decimal out of range', text: '999.1.1.1', code: 'numeric-top-level-label' },
    { name: 'five numbers', text: '1.2.3.4.5', code: 'numeric-top-level-label' },
    { name: 'a numeric last label', text: 'example.123', code: 'numeric-top-level-label' },
    { name: 'full-width digits', text: '１２７.０.０.１', code: 'numeric-top-level-label' },
    { name: 'full-width digits and dots', text: '１２７．０．０．１', code: 'numeric-top-level-label' },
    { name: 'ideographic dots between digits', text: '127。0。0。1', code: 'numeric-top-level-label' },
    { name: 'circled digits', text: '①②⑦.⓪.⓪.①', code: 'numeric-top-level-label' },
    { name: 'mathematical digits', text: '𝟏𝟐𝟕.1', code: 'numeric-top-level-label' },

    { name: 'a bare A-label prefix', text: 'xn--.com', code: 'misplaced-hyphen' },
    { name: 'an A-label that decodes to ASCII', text: 'xn--abc-.com', code: 'misplaced-hyphen' },
    { name: 'Punycode that overflows', text: 'xn--99999999999.com', code: 'invalid-a-label' },
    { name: 'Punycode that ends in the middle of a number', text: 'xn--a-b9.com', code: 'invalid-a-label' },
    { name: 'an A-label that decodes to another A-label', text: 'xn--xn---epa.com', code: 'invalid-a-label' },
    { name: 'an A-label of a decomposed letter', text: 'xn--bucher-xyd.com', code: 'invalid-a-label' },
    { name: 'an A-label of a capital', text: 'xn--bcher-2pa.com', code: 'invalid-a-label' },
    { name: 'Punycode cut off at the end', text: 'xn--fa-hi.de', code: 'invalid-a-label' },
    { name: 'an A-label of a full-width letter', text: 'xn--mi7c.com', code: 'invalid-a-label' },
    { name: 'an A-label of a ligature', text: 'xn--jm6c.com', code: 'invalid-a-label' },
    { name: 'an A-label of a joiner without a virama', text: 'xn--ab-m1t.com', code: 'invalid-a-label' },
    { name: 'an A-label of a soft hyphen', text: 'xn--kba3j.com', code: 'forbidden-character' },
    { name: 'an A-label with a U-label character', text: 'xn--ü.com', code: 'invalid-a-label' },
    { name: 'an A-label in full-width letters', text: 'ｘｎ－－bcher-kva.com', code: 'invalid-a-label' },

    { name: 'a joiner without a virama', text: 'a\u200Db.com', code: 'invalid-u-label' },
    { name: 'a joiner between emoji', text: '👩\u200D🚀.com', code: 'forbidden-character' },
    { name: 'a non-joiner between Latin letters', text: 'a\u200Cb.com', code: 'invalid-u-label' },
    { name: 'a combining mark at the start', text: '\u0308a.com', code: 'invalid-u-label' },
    { name: 'right-to-left text that ends in Latin', text: 'אa.com', code: 'invalid-u-label' },
    { name: 'a U-label with a leading hyphen', text: '-ü.com', code: 'invalid-u-label' },
    { name: 'a U-label with hyphens in third and fourth place', text: 'ab--ü.com', code: 'invalid-u-label' },
  ])('rejects $name', ({ text, code }) => {
    const result = normaliseDomainName(text);
    expect(result).toMatchObject({ ok: false, code });
  });
});

describe('messages of normaliseDomainName', () => {
  it('have fixed texts that operators can search for', () => {
    const message = (text: string) => {
      const result = normaliseDomainName(text);
      return result.ok ? result.name : result.message;
    };
    expect(message('_dmarc.example.com')).toBe(
      '"_dmarc.example.com" is not a domain name: it contains "_" (U+005F) where that is not allowed. Send the name that the certificate will hold; the service adds labels such as "_acme-challenge" itself.',
    );
    expect(message('a\u00ADb.com')).toBe(
      '"a\\u{ad}b.com" is not a domain name: it contains "\\u{ad}" (U+00AD) where that is not allowed. Use letters, digits and hyphens, or the letters and marks that IDNA2008 permits.',
    );
    expect(message('127.1')).toBe(
      '"127.1" is not a domain name: it looks like an IP address. Write an IPv4 address as four decimal numbers without leading zeros, or send a name whose last label is not a number.',
    );
  });

  it.each([
    { name: 'an empty name', text: '.', says: /it is empty/ },
    {
      name: 'a label of 64 octets',
      text: `${LABEL_63}a.com`,
      says: /a label has 64 octets, and the DNS allows 63/,
    },
    {
      name: 'a name that is too long',
      text: `a.${NAME_253}`,
      says: /it has 255 characters, and the DNS allows 253/,
    },
    { name: 'a hyphen at the end', text: 'a-.com', says: /the label "a-" begins or ends with a hyphen/ },
    {
      name: 'hyphens in third place',
      text: 'ab--c.com',
      says: /the label "ab--c" has hyphens in third and fourth/,
    },
    {
      name: 'an unstable A-label',
      text: 'xn--a-b9.com',
      says: /the label "xn--a-b9" is not the A-label of any/,
    },
  ])('state the problem of $name', ({ text, says }) => {
    const result = normaliseDomainName(text);
    expect(result.ok ? result.name : result.message).toMatch(says);
  });

  it('quote at most 100 characters of the input', () => {
    const result = normaliseDomainName('x'.repeat(5000));
    expect(result.ok ? '' : result.message).toBe(
      `"${'x'.repeat(100)}"… is not a domain name: it has more than 1024 characters, and the DNS allows 253. Shorten it.`,
    );
  });

  it('have codes from a fixed list', () => {
    expect(NAME_PROBLEMS).toEqual([
      'empty-name',
      'name-too-long',
      'empty-label',
      'label-too-long',
      'forbidden-character',
      'misplaced-hyphen',
      'reserved-label',
      'numeric-top-level-label',
      'single-label',
      'invalid-a-label',
      'invalid-u-label',
    ]);
  });
});

describe('normaliseDomainName: properties', () => {
  const pieces = [
    'a',
    'B',
    '1',
    '-',
    '.',
    '.com',
    'xn--',
    'ü',
    'Ü',
    'ß',
    'é',
    '例',
    'א',
    '・',
    '。',
    '１',
    '\u200D',
    '😀',
    '_',
    '*',
  ];
  const almostName = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));
  const anyText = fc.oneof(
    almostName,
    fc.domain(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
  );
  const accepted = (text: string) => {
    const result = normaliseDomainName(text);
    return result.ok ? result.name : null;
  };

  it('never throws and quotes no control character of the input', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = normaliseDomainName(text);
        if (!result.ok) expect(result.message).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }),
    );
  });

  it('returns LDH names within the limits of the DNS', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const name = accepted(text);
        fc.pre(name !== null);
        expect(name).toMatch(
          /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
        );
        expect(name.length).toBeLessThanOrEqual(253);
      }),
    );
  });

  it('is idempotent and ignores a final dot', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const name = accepted(text);
        fc.pre(name !== null);
        expect(accepted(name)).toBe(name);
        expect(accepted(`${name}.`)).toBe(name);
      }),
    );
  });

  it('does not depend on the case of ASCII letters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const upper = text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
        const lower = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
        expect(accepted(upper)).toBe(accepted(lower));
      }),
    );
  });

  it('accepts every name of LDH labels with an alphabetic last label', () => {
    const label = fc
      .stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/)
      .filter((text) => !text.startsWith('--', 2));
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 8 }), (labels) => {
        const name = [...labels, 'com'].join('.');
        expect(accepted(name)).toBe(name);
      }),
    );
  });
});
