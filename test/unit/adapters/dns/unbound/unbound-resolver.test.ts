import { describe, expect, it } from 'vitest';
import { KNOWN } from '../../../../../shared/adapters/dns/trust/verifiable.ts';
import type { Delegation } from '../../../../../shared/adapters/dns/unbound/delegation.ts';
import type {
  RunningUnbound,
  UnboundSource,
} from '../../../../../shared/adapters/dns/unbound/running-unbound.ts';
import { createUnboundResolver } from '../../../../../shared/adapters/dns/unbound/unbound-resolver.ts';
import type { FailureInquiry, LookupFailure } from '../../../../../shared/domain/dns/lookup.ts';
import { type LabServer, startDnsServer } from '../../../../lab/dns/dns-server.ts';
import type { LabScript } from '../../../../lab/dns/lab-script.ts';
import { parseZoneText } from '../../../../lab/dns/zone.ts';
import { eventually } from '../../../../support/eventually.ts';

const records = parseZoneText(`
  shop.example.test 120 CAA 0 issue "ca.example"
  www.example.test 60 CNAME x.cdn.other.test
  x.cdn.other.test 60 CAA 0 issue "cdn.example"
  inner.example.test 60 CNAME shop.example.test
  control.other 60 A 192.0.2.1
`);

const soon = () => performance.now() + 4000;

const received = (server: LabServer, count = 1) =>
  eventually(() => server.queries().length >= count, `${count} queries have come`);

/** A daemon as provided by the supervisor; a scripted server gives its answers. */
class ScriptedUnbound implements RunningUnbound {
  readonly server: RunningUnbound['server'];
  readonly verifiable = KNOWN;
  readonly forgotten: string[] = [];
  /** Open requests that it lists. */
  working: ReadonlySet<string> | null = new Set();
  /** How often the list was read. */
  looks = 0;
  canForget: (name: string) => boolean = () => true;
  /** The name servers that it reports for any name. */
  delegated: Delegation | null = {
    zone: 'example.test.',
    asked: new Map([['ns1.example.test.', ['192.0.2.53']]]),
  };
  ended = false;
  readonly #listeners = new Set<() => void>();

  constructor(server: RunningUnbound['server']) {
    this.server = server;
  }

  onEnd(listener: () => void): () => void {
    if (this.ended) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  forget(name: string): Promise<boolean> {
    this.forgotten.push(name);
    return Promise.resolve(this.canForget(name) && !this.ended);
  }

  forgetServers(): Promise<boolean> {
    this.forgotten.push('servers');
    return Promise.resolve(this.canForget('servers') && !this.ended);
  }

  delegation(): Promise<Delegation | null> {
    return Promise.resolve(this.delegated);
  }

  openRequests(): Promise<ReadonlySet<string> | null> {
    this.looks += 1;
    return Promise.resolve(this.working);
  }

  end(): void {
    this.ended = true;
    for (const listener of this.#listeners) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

const sourceOf = (next: () => RunningUnbound | null): UnboundSource => ({
  version: '1.17.1',
  instance: next,
});

async function withDaemon(
  use: (given: { daemon: ScriptedUnbound; server: LabServer }) => Promise<void>,
  scripts: readonly LabScript[] = [{ name: '*', ad: true }],
): Promise<void> {
  const server = await startDnsServer({ records, scripts });
  try {
    await use({ daemon: new ScriptedUnbound(server), server });
  } finally {
    await server.close();
  }
}

const resolverOf = (next: () => RunningUnbound | null, controlName: string | null = null) =>
  createUnboundResolver({ supervisor: sourceOf(next), queryTimeoutMs: 300, controlName });

describe('createUnboundResolver', () => {
  it('reports the version in the server, and treats its AD bit as secure', async () => {
    await withDaemon(async ({ daemon }) => {
      const lookup = await resolverOf(() => daemon).lookup('shop.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'answered', dnssec: 'secure', adFlag: true });
      expect(lookup.server).toBe(`unbound 1.17.1 127.0.0.1:${daemon.server.port}`);
    });
  });

  it('fails as indeterminate for an answer without AD and without a proof', async () => {
    await withDaemon(async ({ daemon }) => {
      const lookup = await resolverOf(() => daemon).lookup('shop.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'failed', reason: 'indeterminate', dnssec: 'indeterminate' });
    }, []);
  });

  it('fails as resolver-failed when there is no daemon', async () => {
    const lookup = await resolverOf(() => null).lookup('shop.example.test', 'CAA', soon());
    expect(lookup).toMatchObject({
      status: 'failed',
      reason: 'resolver-failed',
      dnssec: 'indeterminate',
      tries: 0,
      server: 'unbound 1.17.1',
    });
  });
});

describe('createUnboundResolver: freshness (TLS BR 3.2.2.9 [mpic])', () => {
  it('flushes the domain once before the first query of a check, for all its levels', async () => {
    await withDaemon(async ({ daemon, server }) => {
      const check = resolverOf(() => daemon).forCheck?.();
      const names = ['a.shop.example.test', 'shop.example.test', 'example.test', 'test'];
      await Promise.all(names.map((name) => check?.lookup(name, 'CAA', soon())));
      check?.end();
      expect(daemon.forgotten).toEqual(['example.test.']);
      expect(server.queries().map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    });
  });

  it('flushes the domain again for each check', async () => {
    await withDaemon(async ({ daemon }) => {
      const resolver = resolverOf(() => daemon);
      for (let round = 0; round < 2; round++) {
        const check = resolver.forCheck?.();
        await check?.lookup('shop.example.test', 'CAA', soon());
        check?.end();
      }
      expect(daemon.forgotten).toEqual(['example.test.', 'example.test.']);
    });
  });

  it('sends no query when the flush is not confirmed', async () => {
    await withDaemon(async ({ daemon, server }) => {
      daemon.canForget = () => false;
      const lookup = await resolverOf(() => daemon).lookup('shop.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'failed', reason: 'resolver-failed' });
      expect(server.queries()).toEqual([]);
    });
  });

  it('flushes the domain of an alias target and repeats the query, because the first answer may be older', async () => {
    await withDaemon(async ({ daemon, server }) => {
      const check = resolverOf(() => daemon).forCheck?.();
      const lookup = await check?.lookup('www.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'answered', cnameChain: ['x.cdn.other.test.'], tries: 2 });
      expect(daemon.forgotten).toEqual(['example.test.', 'other.test.']);
      expect(server.queries().map(({ name }) => name)).toEqual(['www.example.test', 'www.example.test']);
      check?.end();
      expect(daemon.forgotten).toHaveLength(2);
    });
  });

  it('flushes the domain of an alias target once per check, however many names lead to it', async () => {
    await withDaemon(async ({ daemon, server }) => {
      const check = resolverOf(() => daemon).forCheck?.();
      await check?.lookup('www.example.test', 'CAA', soon());
      await check?.lookup('www.example.test', 'CAA', soon());
      await check?.lookup('x.cdn.other.test', 'CAA', soon());
      check?.end();
      expect(daemon.forgotten).toEqual(['example.test.', 'other.test.']);
      expect(server.queries()).toHaveLength(4);
    });
  });

  it('sends one query for an alias within a flushed domain', async () => {
    await withDaemon(async ({ daemon, server }) => {
      await resolverOf(() => daemon).lookup('inner.example.test', 'CAA', soon());
      expect(daemon.forgotten).toEqual(['example.test.']);
      expect(server.queries()).toHaveLength(1);
    });
  });

  it('fails for an alias into a domain whose flush is not confirmed', async () => {
    await withDaemon(async ({ daemon }) => {
      daemon.canForget = (name) => name !== 'other.test.';
      const lookup = await resolverOf(() => daemon).lookup('www.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'failed', reason: 'resolver-failed' });
    });
  });

  it('fails when the alias target changes with every query', async () => {
    let answers = 0;
    const reply = (answer: Buffer) => {
      const at = answer.indexOf('other');
      answer.write(String.fromCharCode(0x61 + (answers++ % 26)), at, 'latin1');
      return [answer];
    };
    await withDaemon(
      async ({ daemon }) => {
        const lookup = await resolverOf(() => daemon).lookup('www.example.test', 'CAA', soon());
        expect(lookup).toMatchObject({ status: 'failed', reason: 'alias-chain-too-long' });
        expect(answers).toBeLessThan(15);
      },
      [{ name: 'www.example.test', ad: true, maxLinks: 1, reply }],
    );
  });

  it('flushes a failure before the query is repeated', async () => {
    await withDaemon(
      async ({ daemon, server }) => {
        const lookup = await resolverOf(() => daemon).lookup('shop.example.test', 'CAA', soon());
        expect(lookup).toMatchObject({ status: 'failed', reason: 'servfail', tries: 3, retried: true });
        expect(daemon.forgotten).toEqual(['example.test.', 'example.test.', 'example.test.']);
        expect(server.queries()).toHaveLength(3);
      },
      [{ name: '*', rcode: 'servfail' }],
    );
  });

  it('flushes nothing for a top-level domain', async () => {
    await withDaemon(async ({ daemon }) => {
      await resolverOf(() => daemon).lookup('test', 'CAA', soon());
      expect(daemon.forgotten).toEqual([]);
    });
  });

  it('flushes nothing for an invalid name', async () => {
    await withDaemon(async ({ daemon }) => {
      const lookup = await resolverOf(() => daemon).lookup('a..example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'failed', reason: 'invalid-name' });
      expect(daemon.forgotten).toEqual([]);
    });
  });
});

const OPEN_KEY = 'CAA shop.example.test.';

describe('createUnboundResolver: a query that another check has open (TLS BR 3.2.2.9 [mpic])', () => {
  /** One check whose query gets no response; then the actions of another one. */
  async function besideAnOpenOne(
    use: (given: {
      daemon: ScriptedUnbound;
      server: LabServer;
      resolver: ReturnType<typeof resolverOf>;
    }) => Promise<void>,
  ) {
    await withDaemon(
      async (given) => {
        const resolver = resolverOf(() => given.daemon);
        const first = resolver.forCheck?.();
        const lost = first?.lookup('shop.example.test', 'CAA', soon());
        await received(given.server);
        first?.end();
        await lost;
        given.daemon.working = new Set([OPEN_KEY]);
        given.daemon.forgotten.length = 0;
        await use({ ...given, resolver });
      },
      [
        { name: 'shop.example.test', silent: true, times: 1 },
        { name: '*', ad: true },
      ],
    );
  }

  it('is awaited, and its answer flushed', async () => {
    await besideAnOpenOne(async ({ daemon, server, resolver }) => {
      const lookup = resolver.lookup('shop.example.test', 'CAA', soon());
      await eventually(() => daemon.looks > 1, 'the daemon was asked what it works on');
      expect(server.queries()).toHaveLength(1);
      daemon.working = new Set();
      expect(await lookup).toMatchObject({ status: 'answered', dnssec: 'secure' });
      expect(daemon.forgotten).toEqual(['example.test.', 'shop.example.test.']);
    });
  });

  it('makes the lookup fail when it stays open too long', async () => {
    await besideAnOpenOne(async ({ server, resolver }) => {
      const lookup = await resolver.lookup('shop.example.test', 'CAA', performance.now() + 60);
      expect(lookup).toMatchObject({ status: 'failed', reason: 'resolver-failed' });
      expect(server.queries()).toHaveLength(1);
    });
  });

  it('counts as open when the daemon does not list its open requests', async () => {
    await besideAnOpenOne(async ({ daemon, resolver }) => {
      daemon.working = null;
      const lookup = await resolver.lookup('shop.example.test', 'CAA', performance.now() + 60);
      expect(lookup).toMatchObject({ status: 'failed', reason: 'resolver-failed' });
    });
  });

  it('delays only equal queries', async () => {
    await besideAnOpenOne(async ({ daemon, resolver }) => {
      for (const [name, type] of [
        ['shop.example.test', 'TXT'],
        ['www.shop.example.test', 'CAA'],
        ['example.test', 'CAA'],
      ] as const) {
        expect(await resolver.lookup(name, type, soon())).toMatchObject({ status: 'answered' });
      }
      expect(daemon.looks).toBe(0);
    });
  });

  it('delays a lookup whose alias leads to it', async () => {
    await besideAnOpenOne(async ({ daemon, server, resolver }) => {
      const lookup = resolver.lookup('inner.example.test', 'CAA', soon());
      await eventually(() => daemon.looks > 1, 'the daemon was asked what it works on');
      daemon.working = new Set();
      expect(await lookup).toMatchObject({ status: 'answered', cnameChain: ['shop.example.test.'] });
      const asked = server.queries().map(({ name }) => name);
      expect(asked).toEqual(['shop.example.test', 'inner.example.test', 'inner.example.test']);
    });
  });

  it('is not awaited if it belongs to the same check', async () => {
    await withDaemon(
      async ({ daemon }) => {
        const lookup = await resolverOf(() => daemon).lookup('shop.example.test', 'CAA', soon());
        expect(lookup).toMatchObject({ status: 'answered', tries: 2 });
        expect(daemon.looks).toBe(0);
      },
      [
        { name: 'shop.example.test', silent: true, times: 1 },
        { name: '*', ad: true },
      ],
    );
  });

  it('is not awaited once it was answered', async () => {
    await withDaemon(async ({ daemon }) => {
      const resolver = resolverOf(() => daemon);
      await resolver.lookup('shop.example.test', 'CAA', soon());
      await resolver.lookup('shop.example.test', 'CAA', soon());
      expect(daemon.looks).toBe(0);
    });
  });
});

describe('createUnboundResolver: repeated datagrams', () => {
  const KEY = 'shop.example.test';
  const patient = (daemon: RunningUnbound) =>
    createUnboundResolver({ supervisor: sourceOf(() => daemon), queryTimeoutMs: 2000, controlName: null });

  it('delay equal queries of other checks until they are known to be finished', async () => {
    await withDaemon(
      async ({ daemon, server }) => {
        const resolver = patient(daemon);
        // Answered after a repeat was sent, whose outcome is unknown.
        expect(await resolver.lookup(KEY, 'CAA', soon())).toMatchObject({ status: 'answered', tries: 2 });
        daemon.working = new Set([OPEN_KEY]);
        daemon.forgotten.length = 0;
        const lookup = resolver.lookup(KEY, 'CAA', soon());
        await eventually(() => daemon.looks > 1, 'the daemon was asked what it works on');
        expect(server.queries()).toHaveLength(2);
        daemon.working = new Set();
        expect(await lookup).toMatchObject({ status: 'answered' });
        expect(daemon.forgotten).toEqual(['example.test.', 'shop.example.test.']);
      },
      [
        { name: KEY, delayMs: 800, ad: true, times: 1 },
        { name: KEY, silent: true, times: 1 },
        { name: '*', ad: true },
      ],
    );
  });

  it('are finished once the latest one is answered', async () => {
    await withDaemon(
      async ({ daemon }) => {
        const resolver = patient(daemon);
        expect(await resolver.lookup(KEY, 'CAA', soon())).toMatchObject({ status: 'answered', tries: 2 });
        expect(await resolver.lookup(KEY, 'CAA', soon())).toMatchObject({ status: 'answered', tries: 1 });
        expect(daemon.looks).toBe(0);
      },
      [
        { name: KEY, silent: true, times: 1 },
        { name: '*', ad: true },
      ],
    );
  });

  it('cause no further flush, because they belong to one query', async () => {
    await withDaemon(
      async ({ daemon }) => {
        const lookup = await patient(daemon).lookup(KEY, 'CAA', soon());
        expect(lookup).toMatchObject({ status: 'answered', tries: 2 });
        expect(daemon.forgotten).toEqual(['example.test.']);
      },
      [
        { name: KEY, silent: true, times: 1 },
        { name: '*', ad: true },
      ],
    );
  });

  it('do not count as retried by themselves, only the next query does', async () => {
    await withDaemon(
      async ({ daemon }) => {
        const lookup = await patient(daemon).lookup(KEY, 'CAA', performance.now() + 1000);
        expect(lookup).toMatchObject({ status: 'failed', reason: 'timeout', retried: true });
        // Two queries of 500 ms, each with a repeat.
        expect(lookup.tries).toBeGreaterThanOrEqual(3);
        expect(daemon.forgotten).toEqual(['example.test.', 'example.test.']);
      },
      [{ name: '*', silent: true }],
    );
  });
});

describe('createUnboundResolver: a daemon that ends', () => {
  it('during a lookup causes the lookup to be repeated at the next daemon', async () => {
    await withDaemon(
      async ({ daemon: silent, server }) => {
        await withDaemon(async ({ daemon: next }) => {
          const lookup = resolverOf(() => (silent.ended ? next : silent)).lookup(
            'shop.example.test',
            'CAA',
            soon(),
          );
          await received(server);
          silent.end();
          expect(await lookup).toMatchObject({ status: 'answered', dnssec: 'secure' });
          expect(next.forgotten).toEqual(['example.test.']);
        });
      },
      [{ name: '*', silent: true }],
    );
  });

  it('without a successor makes the lookup fail at once', async () => {
    await withDaemon(
      async ({ daemon, server }) => {
        const lookup = resolverOf(() => (daemon.ended ? null : daemon)).lookup(
          'shop.example.test',
          'CAA',
          soon(),
        );
        await received(server);
        daemon.end();
        expect(await lookup).toMatchObject({ status: 'failed', reason: 'resolver-failed' });
      },
      [{ name: '*', silent: true }],
    );
  });

  it('a second time makes the lookup fail', async () => {
    await withDaemon(
      async ({ server }) => {
        const daemons: ScriptedUnbound[] = [];
        const next = () => {
          const daemon = new ScriptedUnbound(server);
          daemons.push(daemon);
          return daemon;
        };
        const lookup = resolverOf(next).lookup('shop.example.test', 'CAA', soon());
        await received(server);
        daemons[0]?.end();
        await received(server, 2);
        daemons[1]?.end();
        expect(await lookup).toMatchObject({ status: 'failed', reason: 'resolver-failed' });
        expect(daemons).toHaveLength(2);
      },
      [{ name: '*', silent: true }],
    );
  });

  it('has no listeners of a check that has ended', async () => {
    await withDaemon(async ({ daemon }) => {
      const check = resolverOf(() => daemon).forCheck?.();
      await check?.lookup('shop.example.test', 'CAA', soon());
      expect(daemon.listeners).toBe(1);
      check?.end();
      expect(daemon.listeners).toBe(0);
    });
  });
});

describe('createUnboundResolver: an ended check', () => {
  it('ends its lookups as aborted', async () => {
    await withDaemon(
      async ({ daemon, server }) => {
        const check = resolverOf(() => daemon).forCheck?.();
        const lookup = check?.lookup('shop.example.test', 'CAA', soon());
        await received(server);
        check?.end();
        expect(await lookup).toMatchObject({ status: 'failed', reason: 'aborted' });
      },
      [{ name: '*', silent: true }],
    );
  });

  it('sends no further queries', async () => {
    await withDaemon(async ({ daemon, server }) => {
      const check = resolverOf(() => daemon).forCheck?.();
      check?.end();
      expect(await check?.lookup('shop.example.test', 'CAA', soon())).toMatchObject({ reason: 'aborted' });
      expect(server.queries()).toEqual([]);
    });
  });
});

const failureAt = (name: string): LookupFailure => ({
  status: 'failed',
  name,
  type: 'CAA',
  server: 'unbound',
  tries: 3,
  elapsedMs: 1,
  extendedErrors: [],
  dnssec: 'indeterminate',
  reason: 'timeout',
  rcode: null,
  retried: true,
  message: 'no answer',
});

const REFUSED: LabScript = { name: 'shop.example.test', type: 'CAA', rcode: 'refused' };
const MARKED: LabScript = { name: '*', ad: true };

describe('createUnboundResolver: inquiry into a failure (TLS BR 4.2.2.1 [caa])', () => {
  async function inquire(
    scripts: readonly LabScript[],
    {
      control = 'control.other',
      failed = 'shop.example.test',
      timeoutMs = 4000,
      prepare = () => {},
    }: {
      control?: string | null;
      failed?: string;
      timeoutMs?: number;
      prepare?: (daemon: ScriptedUnbound, server: LabServer) => void;
    } = {},
  ) {
    let shown: FailureInquiry | undefined;
    let asked: readonly string[] = [];
    let forgotten: readonly string[] = [];
    await withDaemon(async ({ daemon, server }) => {
      prepare(daemon, server);
      const check = resolverOf(() => daemon, control).forCheck?.();
      shown = await check?.inquire?.(failureAt(failed), performance.now() + timeoutMs);
      check?.end();
      asked = server.queries().map(({ name }) => name);
      forgotten = daemon.forgotten;
    }, scripts);
    return { shown, asked, forgotten };
  }

  it('shows that the failure lasts, between two answers for the control name', async () => {
    const { shown, asked } = await inquire([REFUSED, MARKED]);
    // Nothing on this server is signed, and nothing proves that it is insecure.
    expect(shown).toEqual({
      controlName: 'control.other',
      controlAnswered: true,
      lasted: true,
      security: 'signed',
    });
    const order = asked.filter((name) => name === 'control.other' || name === 'shop.example.test');
    expect(order.at(-1)).toBe('control.other');
    expect(order.filter((name) => name === 'control.other')).toHaveLength(2);
  });

  it('flushes the name, the control name and the state of servers before it queries again', async () => {
    const { forgotten } = await inquire([REFUSED, MARKED]);
    const first = forgotten.indexOf('servers');
    expect(forgotten.slice(0, first)).toEqual(expect.arrayContaining(['control.other.', 'example.test.']));
    expect(forgotten.slice(first)).toContain('control.other.');
  });

  it('shows that the failure did not last, with the answer', async () => {
    const { shown } = await inquire([MARKED]);
    expect(shown).toMatchObject({
      controlAnswered: true,
      lasted: false,
      answer: { status: 'answered', name: 'shop.example.test', dnssec: 'secure' },
    });
  });

  it.each<{ name: string; scripts: readonly LabScript[]; expected: object }>([
    {
      name: 'the control name does not resolve at first',
      scripts: [{ name: 'control.other', rcode: 'servfail' }, REFUSED, MARKED],
      expected: { controlAnswered: false, lasted: false },
    },
    {
      name: 'the control name resolves before and not after',
      scripts: [
        { name: 'control.other', ad: true, times: 1 },
        { name: 'control.other', rcode: 'servfail' },
        REFUSED,
        MARKED,
      ],
      expected: { controlAnswered: false, lasted: true },
    },
    {
      name: 'the response is malformed',
      scripts: [{ name: 'shop.example.test', malformed: 'short' }, MARKED],
      expected: { lasted: false },
    },
  ])('shows no fault outside when $name', async ({ scripts, expected }) => {
    expect((await inquire(scripts)).shown).toMatchObject(expected);
  });

  it.each<{ name: string; delegated: Delegation | null }>([
    { name: 'reports no servers', delegated: null },
    {
      name: 'has not queried one of them',
      delegated: { zone: 'example.test.', asked: new Map([['ns1.example.test.', []]]) },
    },
  ])('shows no fault outside when the daemon $name', async ({ delegated }) => {
    const prepare = (daemon: ScriptedUnbound) => {
      daemon.delegated = delegated;
    };
    const { shown } = await inquire([REFUSED, MARKED], { prepare });
    expect(shown).toMatchObject({ lasted: false });
  });

  it('shows no fault outside when the state of servers cannot be flushed', async () => {
    const prepare = (daemon: ScriptedUnbound) => {
      daemon.canForget = (name) => name !== 'servers';
    };
    const { shown } = await inquire([REFUSED, MARKED], { prepare });
    expect(shown).toMatchObject({ controlAnswered: true, lasted: false });
  });

  it('shows no fault outside when there is no time for two separate queries', async () => {
    const { shown } = await inquire([REFUSED, MARKED], { timeoutMs: 300 });
    expect(shown).toMatchObject({ lasted: false });
  });

  it.each<{ name: string; control: string | null; failed: string; expected: object; asked: boolean }>([
    {
      name: 'does not count a control name without records as answered',
      control: 'gone.other',
      failed: 'shop.example.test',
      expected: { controlName: 'gone.other', controlAnswered: false },
      asked: true,
    },
    {
      name: 'does not query a control name in the domain of the failure',
      control: 'control.example.test',
      failed: 'shop.example.test',
      expected: { controlName: null, controlAnswered: false },
      asked: false,
    },
    {
      name: 'queries no control name when none is configured',
      control: null,
      failed: 'shop.example.test',
      expected: { controlName: null, controlAnswered: false },
      asked: false,
    },
  ])('$name', async ({ control, failed, expected, asked }) => {
    const inquiry = await inquire([REFUSED, MARKED], { control, failed });
    expect(inquiry.shown).toMatchObject({ ...expected, lasted: false, security: 'signed' });
    expect(inquiry.asked.some((name) => name === control)).toBe(asked);
  });

  it('shows no cause without a daemon', async () => {
    const check = resolverOf(() => null, 'control.other').forCheck?.();
    expect(await check?.inquire?.(failureAt('shop.example.test'), soon())).toEqual({
      controlName: 'control.other',
      controlAnswered: false,
      lasted: false,
      security: 'unknown',
    });
  });
});
