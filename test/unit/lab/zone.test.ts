import { describe, expect, it } from 'vitest';
import { labTypeNumber } from '../../lab/dns/lab-rdata.ts';
import { buildZone, overrideRecords, parseZoneText } from '../../lab/dns/zone.ts';
import { answerFromZone } from '../../lab/dns/zone-answer.ts';

const zone = buildZone(
  parseZoneText(`
    ; a comment
    example.test       SOA   ns.example.test admin.example.test 1 2 3 4 30
    example.test       CAA   0 issue "ca.example"
    www.example.test   60 CNAME t.example.net
    t.example.net      CAA   0 issue "t.example"
    deep.a.b.test      TXT   "x"
    *.wild.test        TXT   "wild"
    host.wild.test     A     192.0.2.1
    *.alias.test       CNAME example.test
    d.test             DNAME example.test
    d.test             TXT   "own"
    hidden.d.test      TXT   "hidden"
    loop.test          CNAME loop.test
    dangling.test      CNAME nowhere.test
    long.test          DNAME ${Array(3).fill('x'.repeat(63)).join('.')}
  `),
);

describe('answerFromZone', () => {
  it.each<{ ask: string; type: string; rcode: number; answers: readonly string[]; soa?: string }>([
    { ask: 'example.test', type: 'CAA', rcode: 0, answers: ['example.test CAA'] },
    { ask: 'EXAMPLE.test', type: 'CAA', rcode: 0, answers: ['EXAMPLE.test CAA'] },
    { ask: 'example.test', type: 'TXT', rcode: 0, answers: [], soa: 'example.test' },
    { ask: 'nx.example.test', type: 'CAA', rcode: 3, answers: [], soa: 'example.test' },
    { ask: 'nx.test', type: 'CAA', rcode: 3, answers: [], soa: 'test' },
    { ask: 'a.b.test', type: 'CAA', rcode: 0, answers: [], soa: 'test' },
    { ask: 'test', type: 'CAA', rcode: 0, answers: [], soa: 'test' },
    {
      ask: 'www.example.test',
      type: 'CAA',
      rcode: 0,
      answers: ['www.example.test CNAME', 't.example.net CAA'],
    },
    { ask: 'www.example.test', type: 'CNAME', rcode: 0, answers: ['www.example.test CNAME'] },
    { ask: 'www.example.test', type: 'TXT', rcode: 0, answers: ['www.example.test CNAME'], soa: 'net' },
    { ask: 'dangling.test', type: 'TXT', rcode: 3, answers: ['dangling.test CNAME'], soa: 'test' },
    { ask: 'any.wild.test', type: 'TXT', rcode: 0, answers: ['any.wild.test TXT'] },
    { ask: 'two.any.wild.test', type: 'TXT', rcode: 0, answers: ['two.any.wild.test TXT'] },
    { ask: 'any.wild.test', type: 'CAA', rcode: 0, answers: [], soa: 'test' },
    { ask: 'host.wild.test', type: 'TXT', rcode: 0, answers: [], soa: 'test' },
    { ask: 'below.host.wild.test', type: 'TXT', rcode: 3, answers: [], soa: 'test' },
    { ask: 'any.alias.test', type: 'CAA', rcode: 0, answers: ['any.alias.test CNAME', 'example.test CAA'] },
    { ask: 'd.test', type: 'TXT', rcode: 0, answers: ['d.test TXT'] },
    {
      ask: 'nx.d.test',
      type: 'TXT',
      rcode: 3,
      answers: ['d.test DNAME', 'nx.d.test CNAME'],
      soa: 'example.test',
    },
    {
      ask: 'hidden.d.test',
      type: 'TXT',
      rcode: 3,
      answers: ['d.test DNAME', 'hidden.d.test CNAME'],
      soa: 'example.test',
    },
    {
      ask: 'www.d.test',
      type: 'CAA',
      rcode: 0,
      answers: ['d.test DNAME', 'www.d.test CNAME', 'www.example.test CNAME', 't.example.net CAA'],
    },
    { ask: 'www.d.test', type: 'CNAME', rcode: 0, answers: ['d.test DNAME', 'www.d.test CNAME'] },
    { ask: `${'y'.repeat(63)}.long.test`, type: 'TXT', rcode: 6, answers: ['long.test DNAME'] },
    { ask: 'loop.test', type: 'TXT', rcode: 0, answers: ['loop.test CNAME'] },
  ])('$ask $type: rcode $rcode, $answers', ({ ask, type, rcode, answers, soa }) => {
    const types = new Map(['CAA', 'TXT', 'CNAME', 'DNAME'].map((name) => [labTypeNumber(name), name]));
    const answer = answerFromZone(zone, ask.split('.'), labTypeNumber(type));
    expect(answer.rcode).toBe(rcode);
    expect(answer.answers.map((set) => `${set.owner.join('.')} ${types.get(set.type)}`)).toEqual(answers);
    expect(answer.authority.map((set) => set.owner.join('.'))).toEqual(soa ? [soa] : []);
  });

  it('gathers the records of a name and type, and joins lines to sets', () => {
    const two = buildZone(parseZoneText('a.test TXT "1"\nA.test TXT "2"'));
    expect(answerFromZone(two, ['a', 'test'], 16).answers[0]?.rdata).toHaveLength(2);
  });
});

describe('what a zone cannot hold', () => {
  it.each([
    { name: 'a line without a value', text: 'a.test TXT' },
    { name: 'an unknown type', text: 'a.test NONSENSE x' },
    { name: 'an A record that is no address', text: 'a.test A 1.2.3' },
    { name: 'an AAAA record that is no address', text: 'a.test AAAA 192.0.2.1' },
    { name: 'a CAA record without a tag', text: 'a.test CAA 0' },
    { name: 'a TXT string of 256 octets', text: `a.test TXT "${'x'.repeat(256)}"` },
    { name: 'a label of 64 octets', text: `${'x'.repeat(64)}.test TXT "x"` },
    { name: 'an empty label', text: 'a..test TXT "x"' },
    { name: 'a SOA record that is cut', text: 'a.test SOA ns admin 1 2 3' },
    { name: 'a type without presentation format', text: 'a.test TYPE65280 text' },
  ])('$name', ({ text }) => {
    expect(() => buildZone(parseZoneText(text))).toThrow();
  });
});

describe('RDATA', () => {
  it.each([
    { record: 'a.test AAAA 2001:db8::1', hex: '20010db8000000000000000000000001' },
    { record: 'a.test AAAA ::', hex: '00000000000000000000000000000000' },
    { record: 'a.test AAAA ::1', hex: '00000000000000000000000000000001' },
    { record: 'a.test AAAA 1:2:3:4:5:6:7::', hex: '00010002000300040005000600070000' },
    { record: 'a.test CAA 128 issue "a\\"b\\255"', hex: '800569737375656122' + '62ff' },
    { record: 'a.test CAA 0 issue', hex: null },
    { record: 'a.test CAA 0 issue ;', hex: '000569737375653b' },
    { record: 'a.test CAA 0 issue ""', hex: '00056973737565' },
    { record: 'a.test TXT "one" "" "t\\034o"', hex: '036f6e65' + '00' + '0374226f' },
    { record: 'a.test TXT plain text', hex: '0a706c61696e2074657874' },
    { record: 'a.test PTR A\\.b.test.', hex: '03412e62' + '047465737400' },
    { record: 'a.test A \\# 3 010203', hex: '010203' },
    { record: 'a.test TYPE999 \\# 0', hex: '' },
  ])('of $record', ({ record, hex }) => {
    const build = () =>
      buildZone(parseZoneText(record)).nodes.get('a.test.')?.values().next().value?.rdata[0];
    if (hex === null) expect(build).toThrow();
    else expect(build()?.toString('hex')).toBe(hex);
  });
});

describe('overrideRecords', () => {
  const base = parseZoneText('a.test CAA 0 issue "x"\na.test TXT "x"\nb.test CNAME c.test\nd.test TXT "x"');
  const kinds = (text: string, removed: readonly string[] = []) => {
    const gone = removed.map((name) => ({ name, type: 'TXT', values: [] }));
    return overrideRecords(base, [...parseZoneText(text), ...gone]).map(
      ({ name, type, values }) => `${name} ${type} ${values}`,
    );
  };

  it('replaces a set and leaves the rest', () => {
    expect(kinds('A.test CAA 0 issue "y"')).toEqual([
      'a.test TXT "x"',
      'b.test CNAME c.test',
      'd.test TXT "x"',
      'A.test CAA 0 issue "y"',
    ]);
  });

  it('lets an alias and other records displace each other', () => {
    expect(kinds('a.test CNAME z.test\nb.test TXT "y"')).toEqual([
      'd.test TXT "x"',
      'a.test CNAME z.test',
      'b.test TXT "y"',
    ]);
  });

  it('takes a set away', () => {
    expect(
      answerFromZone(
        buildZone(overrideRecords(base, [{ name: 'd.test', type: 'TXT', values: [] }])),
        ['d', 'test'],
        16,
      ).rcode,
    ).toBe(3);
  });
});
