import { describe, expect, it } from 'vitest';
import { type LabServer, startDnsServer } from '../../../../services/local/lab/dns-server.ts';
import type { LabScript } from '../../../../services/local/lab/lab-script.ts';
import { parseZoneText } from '../../../../services/local/lab/zone.ts';
import type { RunningUnbound, UnboundSource } from '../../../../shared/adapters/unbound/running-unbound.ts';
import { createUnboundResolver } from '../../../../shared/adapters/unbound/unbound-resolver.ts';
import type { LookupFailure } from '../../../../shared/ports/resolver.ts';
import { eventually } from '../../../support/eventually.ts';

const records = parseZoneText(`
  shop.example.test 120 CAA 0 issue "ca.example"
  www.example.test 60 CNAME x.cdn.other.test
  x.cdn.other.test 60 CAA 0 issue "cdn.example"
  control.other 60 A 192.0.2.1
`);

const soon = () => performance.now() + 4000;

const received = (server: LabServer, count = 1) =>
  eventually(() => server.queries().length >= count, `${count} queries have come`);

/** A daemon as the supervisor would give it, whose answers a scripted server makes up. */
class ScriptedUnbound implements RunningUnbound {
  readonly server: RunningUnbound['server'];
  readonly forgotten: string[] = [];
  canForget = true;
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
    return Promise.resolve(this.canForget && !this.ended);
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
  it('says which version answered, and believes its AD bit', async () => {
    await withDaemon(async ({ daemon }) => {
      const lookup = await resolverOf(() => daemon).lookup('shop.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'answered', dnssec: 'secure', adFlag: true });
      expect(lookup.server).toBe(`unbound 1.17.1 127.0.0.1:${daemon.server.port}`);
    });
  });

  it('takes an answer without AD and without a proof for none', async () => {
    await withDaemon(async ({ daemon }) => {
      const lookup = await resolverOf(() => daemon).lookup('shop.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'failed', reason: 'indeterminate', dnssec: 'indeterminate' });
    }, []);
  });

  it('fails as resolver-failed when there is no daemon, and asks nobody else', async () => {
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
  it('has the domain forgotten before the first question of a check, once for all its levels', async () => {
    await withDaemon(async ({ daemon, server }) => {
      const check = resolverOf(() => daemon).forCheck?.();
      const names = ['a.shop.example.test', 'shop.example.test', 'example.test', 'test'];
      await Promise.all(names.map((name) => check?.lookup(name, 'CAA', soon())));
      check?.end();
      expect(daemon.forgotten).toEqual(['example.test.']);
      expect(server.queries().map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    });
  });

  it('has it forgotten for each check anew', async () => {
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

  it('asks nothing when it cannot be shown to be forgotten', async () => {
    await withDaemon(async ({ daemon, server }) => {
      daemon.canForget = false;
      const lookup = await resolverOf(() => daemon).lookup('shop.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'failed', reason: 'resolver-failed' });
      expect(server.queries()).toEqual([]);
    });
  });

  it('has the domains of aliases forgotten when the check ends', async () => {
    await withDaemon(async ({ daemon }) => {
      const check = resolverOf(() => daemon).forCheck?.();
      const lookup = await check?.lookup('www.example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'answered', cnameChain: ['x.cdn.other.test.'] });
      expect(daemon.forgotten).toEqual(['example.test.']);
      check?.end();
      expect(daemon.forgotten).toEqual(['example.test.', 'other.test.']);
    });
  });

  it('has a failure forgotten before the question is put again', async () => {
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

  it('has nothing forgotten for a top-level domain, which may stay known', async () => {
    await withDaemon(async ({ daemon }) => {
      await resolverOf(() => daemon).lookup('test', 'CAA', soon());
      expect(daemon.forgotten).toEqual([]);
    });
  });

  it('has nothing forgotten for a name that cannot be asked for', async () => {
    await withDaemon(async ({ daemon }) => {
      const lookup = await resolverOf(() => daemon).lookup('a..example.test', 'CAA', soon());
      expect(lookup).toMatchObject({ status: 'failed', reason: 'invalid-name' });
      expect(daemon.forgotten).toEqual([]);
    });
  });
});

describe('createUnboundResolver: a daemon that ends', () => {
  it('under a lookup has it repeated at the next one', async () => {
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

  it('without a successor makes it fail at once', async () => {
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

  it('a second time makes it fail: one successor is enough', async () => {
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

  it('is not listened to any longer once the check is over', async () => {
    await withDaemon(async ({ daemon }) => {
      const check = resolverOf(() => daemon).forCheck?.();
      await check?.lookup('shop.example.test', 'CAA', soon());
      expect(daemon.listeners).toBe(1);
      check?.end();
      expect(daemon.listeners).toBe(0);
    });
  });
});

describe('createUnboundResolver: a check that is called off', () => {
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

  it('asks nothing any more', async () => {
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

describe('createUnboundResolver: looking into a failure (TLS BR 4.2.2.1 [caa])', () => {
  it.each<{ name: string; control: string | null; failed: string; expected: object; asked: boolean }>([
    {
      name: 'asks the control name, and shows that it resolves',
      control: 'control.other',
      failed: 'shop.example.test',
      expected: { controlName: 'control.other', controlAnswered: true },
      asked: true,
    },
    {
      name: 'does not take a control name without records for an answer',
      control: 'gone.other',
      failed: 'shop.example.test',
      expected: { controlName: 'gone.other', controlAnswered: false },
      asked: true,
    },
    {
      name: 'asks no control name in the domain of the failure: it would fail with it',
      control: 'control.example.test',
      failed: 'shop.example.test',
      expected: { controlName: null, controlAnswered: false },
      asked: false,
    },
    {
      name: 'asks none when none is configured',
      control: null,
      failed: 'shop.example.test',
      expected: { controlName: null, controlAnswered: false },
      asked: false,
    },
  ])('$name', async ({ control, failed, expected, asked }) => {
    await withDaemon(async ({ daemon, server }) => {
      const check = resolverOf(() => daemon, control).forCheck?.();
      // Nothing on this server is signed, and nothing proves that it need not be.
      expect(await check?.inquire?.(failureAt(failed), soon())).toMatchObject({
        ...expected,
        security: 'signed',
      });
      check?.end();
      expect(server.queries().some(({ name }) => name === control)).toBe(asked);
    });
  });

  it('shows nothing without a daemon', async () => {
    const check = resolverOf(() => null, 'control.other').forCheck?.();
    expect(await check?.inquire?.(failureAt('shop.example.test'), soon())).toEqual({
      controlName: 'control.other',
      controlAnswered: false,
      security: 'unknown',
    });
  });
});
