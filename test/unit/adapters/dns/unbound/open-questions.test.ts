import { describe, expect, it } from 'vitest';
import { TYPE } from '../../../../../shared/adapters/dns/message/protocol.ts';
import type { Question } from '../../../../../shared/adapters/dns/stub/exchange.ts';
import { KNOWN } from '../../../../../shared/adapters/dns/trust/verifiable.ts';
import { OpenQuestions, requestKey } from '../../../../../shared/adapters/dns/unbound/open-questions.ts';
import type { RunningUnbound } from '../../../../../shared/adapters/dns/unbound/running-unbound.ts';
import { eventually } from '../../../../support/eventually.ts';

const question = (name: string, type: number = TYPE.CAA): Question => ({ name: name.split('.'), type });
const DOMAIN = 'example.test.';
const soon = () => performance.now() + 4000;

function daemonThat(openRequests: RunningUnbound['openRequests']): RunningUnbound {
  return {
    server: { address: '127.0.0.1', port: 1 },
    verifiable: KNOWN,
    ended: false,
    onEnd: () => () => {},
    forget: async () => true,
    forgetServers: async () => true,
    delegation: async () => null,
    openRequests,
  };
}

describe('requestKey', () => {
  it.each([
    { name: 'Shop.Example.test', type: TYPE.CAA, key: 'CAA shop.example.test.' },
    { name: '_acme-challenge.example.test', type: TYPE.TXT, key: 'TXT _acme-challenge.example.test.' },
    { name: 'a b.example.test', type: TYPE.AAAA, key: 'AAAA a?b.example.test.' },
    { name: 'example.test', type: 65_400, key: 'TYPE65400 example.test.' },
  ])('writes $name as the daemon lists it', ({ name, type, key }) => {
    expect(requestKey(question(name, type))).toBe(key);
  });
});

describe('OpenQuestions', () => {
  const key = requestKey(question('www.example.test'));

  it('lists unanswered queries sent before a check began', () => {
    const open = new OpenQuestions(daemonThat(async () => new Set()));
    const answered = open.put(DOMAIN, question('www.example.test'));
    open.put(DOMAIN, question('other.example.test'));
    const begun = open.now;
    open.put(DOMAIN, question('later.example.test'));
    expect([...open.before(DOMAIN, begun)]).toEqual([key, requestKey(question('other.example.test'))]);
    answered();
    expect(open.before(DOMAIN, begun).has(key)).toBe(false);
  });

  it('counts an answer to a later query as an answer to earlier equal ones', () => {
    const open = new OpenQuestions(daemonThat(async () => new Set()));
    open.put(DOMAIN, question('www.example.test'));
    const answered = open.put(DOMAIN, question('www.example.test'));
    answered();
    expect(open.before(DOMAIN, open.now).size).toBe(0);
  });

  it('does not count an answer to a query as one to the same query without validation, or vice versa', async () => {
    let working = new Set([key]);
    const open = new OpenQuestions(daemonThat(async () => working));
    for (const [first, second] of [
      [false, true],
      [true, false],
    ] as const) {
      open.put(DOMAIN, { ...question('www.example.test'), checkingDisabled: first });
      const answered = open.put(DOMAIN, { ...question('www.example.test'), checkingDisabled: second });
      answered();
      expect(open.before(DOMAIN, open.now)).toEqual(new Set([key]));
      working = new Set();
      expect(await open.settled(DOMAIN, key, open.now, soon())).toBe(true);
      expect(open.before(DOMAIN, open.now).size).toBe(0);
      working = new Set([key]);
    }
  });

  it('does not count an answer to an earlier query as one to a later', () => {
    const open = new OpenQuestions(daemonThat(async () => new Set()));
    const answered = open.put(DOMAIN, question('www.example.test'));
    const between = open.now;
    open.put(DOMAIN, question('www.example.test'));
    answered();
    expect(open.before(DOMAIN, between).size).toBe(0);
    expect(open.before(DOMAIN, open.now).size).toBe(1);
  });

  it('reads the daemon’s list once for all waiters', async () => {
    let looks = 0;
    let working = new Set([key]);
    const open = new OpenQuestions(
      daemonThat(async () => {
        looks += 1;
        return working;
      }),
    );
    open.put(DOMAIN, question('www.example.test'));
    const waiting = Array.from({ length: 20 }, () => open.settled(DOMAIN, key, open.now, soon()));
    await eventually(() => looks >= 3, 'it was asked a few times');
    const before = looks;
    working = new Set();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => true));
    expect(looks - before).toBeLessThan(4);
  });

  it('does not wait for queries sent after the check began', async () => {
    const open = new OpenQuestions(daemonThat(async () => new Set([key])));
    const begun = open.now;
    open.put(DOMAIN, question('www.example.test'));
    expect(await open.settled(DOMAIN, key, begun, soon())).toBe(true);
  });

  it('reduces its list to the open requests of the daemon above 2000 entries', async () => {
    let looks = 0;
    const open = new OpenQuestions(
      daemonThat(async () => {
        looks += 1;
        return new Set([requestKey(question('n7.example.test'))]);
      }),
    );
    for (let index = 0; index <= 2000; index++) open.put(DOMAIN, question(`n${index}.example.test`));
    await eventually(() => open.before(DOMAIN, open.now).size === 1, 'all others are known to be over');
    expect(looks).toBe(1);
  });
});
