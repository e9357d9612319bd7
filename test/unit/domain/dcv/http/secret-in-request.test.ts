import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSecretInRequest } from '../../../../../shared/domain/dcv/http/secret-in-request.ts';

const SECRET = 'rv-7F3c90e1b2d4a6f8091b';

/** Every octet as `%XX`. */
function encodeAll(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex').replace(/../g, '%$&');
}

interface Row {
  readonly name: string;
  readonly path?: string;
  readonly headers?: Record<string, string> | null;
  readonly challengeValue?: string;
  readonly found: 'path' | 'header' | null;
}

describe('findSecretInRequest (TLS BR 3.2.2.4.18 [dcv-website])', () => {
  it.each<Row>([
    {
      name: 'is not in the request',
      path: '/.well-known/pki-validation/a.txt',
      headers: { from: 'ca' },
      found: null,
    },
    { name: 'is the file name', path: `/d/${SECRET}.txt`, found: 'path' },
    { name: 'is in the query', path: `/d/a?v=${SECRET}`, found: 'path' },
    { name: 'is in a header value', headers: { 'user-agent': `ca ${SECRET}` }, found: 'header' },
    { name: 'is a header name', headers: { [SECRET]: '' }, found: 'header' },
    { name: 'is in path and header', path: `/${SECRET}`, headers: { from: SECRET }, found: 'path' },
    { name: 'is in the path in another case', path: `/${SECRET.toUpperCase()}`, found: 'path' },
    { name: 'is in a header in another case', headers: { from: SECRET.toLowerCase() }, found: 'header' },
    { name: 'is partly encoded', path: '/rv%2D7F3c90e1b2d4a6f8091b', found: 'path' },
    { name: 'is fully encoded', path: `/${encodeAll(SECRET)}`, found: 'path' },
    { name: 'is encoded twice', path: `/${encodeAll(encodeAll(SECRET))}`, found: 'path' },
    {
      name: 'is encoded four times in a header',
      headers: { from: encodeAll(encodeAll(encodeAll(encodeAll('rv-7')))) },
      challengeValue: 'rv-7',
      found: 'header',
    },
    {
      name: 'is encoded once in one part and twice in another',
      path: '/r%76-%2537F3c90e1b2d4a6f8091b',
      found: 'path',
    },
    { name: 'is beside an invalid escape', path: `/%zz%${SECRET}%`, found: 'path' },
    { name: 'lacks its last character', path: `/${SECRET.slice(0, -1)}`, found: null },
    { name: 'is split over two segments', path: '/rv-7F3c90e1b/2d4a6f8091b', found: null },

    {
      name: 'has a percent sign and appears unchanged',
      path: '/100%25',
      challengeValue: '100%25',
      found: 'path',
    },
    {
      name: 'has a percent sign and appears encoded',
      path: '/100%2525',
      challengeValue: '100%25',
      found: 'path',
    },
    {
      name: 'has a space that is form-encoded',
      path: '/?q=two+words',
      challengeValue: 'two words',
      found: 'path',
    },
    { name: 'has a plus sign', path: '/?q=a+b', challengeValue: 'a+b', found: 'path' },
    {
      name: 'is non-ASCII and appears in UTF-8',
      path: '/b%C3%BCcher',
      challengeValue: 'bücher',
      found: 'path',
    },
    {
      name: 'is non-ASCII and appears in latin1',
      path: '/b%FCcher',
      challengeValue: 'bücher',
      found: 'path',
    },
    {
      name: 'is non-ASCII and appears in a header',
      headers: { from: 'bücher' },
      challengeValue: 'bücher',
      found: 'header',
    },
    { name: 'is one character', path: '/.well-known/a', challengeValue: 'k', found: 'path' },
    { name: 'is empty', path: '/a', headers: { from: 'b' }, challengeValue: '', found: null },
  ])(
    'returns $found if the value $name',
    ({ path = '/a', headers = null, challengeValue = SECRET, found }) => {
      expect(findSecretInRequest({ challengeValue, path, headers })).toBe(found);
    },
  );

  it('finds the value for any number of encodings of each octet', () => {
    const encoded = fc
      .array(fc.nat(3), { minLength: SECRET.length, maxLength: SECRET.length })
      .map((depths) =>
        [...SECRET]
          .map((character, index) => {
            let text = character;
            for (let depth = depths[index] ?? 0; depth > 0; depth--) text = encodeAll(text);
            return text;
          })
          .join(''),
      );
    fc.assert(
      fc.property(encoded, fc.webPath(), fc.webPath(), (text, before, after) => {
        const path = `/${before}${text}${after}`;
        expect(findSecretInRequest({ challengeValue: SECRET, path, headers: null })).toBe('path');
      }),
    );
  });

  it('terminates on text that can be decoded hundreds of times', () => {
    const path = `/%${'25'.repeat(990)}41`;
    expect(findSecretInRequest({ challengeValue: SECRET, path, headers: { from: path } })).toBeNull();
    expect(findSecretInRequest({ challengeValue: '/a', path, headers: null })).toBe('path');
  });
});
