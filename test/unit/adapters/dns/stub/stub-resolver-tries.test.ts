import { describe, expect, it, vi } from 'vitest';
import type { LabScript } from '../../../../lab/dns/lab-script.ts';
import { ask, resolverAt, soon, withServer } from './stub-lab.ts';

describe('createStubResolver: queries', () => {
  it.each<{ name: string; script: Omit<LabScript, 'name'> }>([
    { name: 'SERVFAIL', script: { rcode: 'servfail' } },
    { name: 'REFUSED', script: { rcode: 'refused' } },
    { name: 'no response', script: { silent: true } },
    { name: 'a malformed answer', script: { malformed: 'short' } },
    {
      name: 'an indeterminate DNSSEC status',
      script: { rcode: 'servfail', extendedErrors: [{ code: 5 }] },
    },
    { name: 'a truncated answer whose TCP stalls', script: { truncate: true, tcp: 'stall' } },
  ])('go to the second server after $name from the first', async ({ script }) => {
    await withServer([], (good) =>
      withServer([{ name: '*', ...script }], async (bad) => {
        const resolver = resolverAt([bad, good], { queryTimeoutMs: 100 });
        const lookup = await resolver.lookup('ok.test', 'CAA', soon());
        expect(lookup).toMatchObject({ status: 'answered', server: `lab 127.0.0.1:${good.port}` });
      }),
    );
  });

  it('are repeated at the only server, which may recover', async () => {
    const { lookup, sent } = await ask('ok.test', { scripts: [{ name: '*', rcode: 'servfail', times: 2 }] });
    expect(lookup).toMatchObject({ status: 'answered', tries: 3 });
    expect(sent).toHaveLength(3);
  });

  it('are sent again for an equal lookup', async () => {
    await withServer([], async (server) => {
      const resolver = resolverAt([server]);
      await resolver.lookup('ok.test', 'CAA', soon());
      server.setView({ records: [] });
      expect(await resolver.lookup('ok.test', 'CAA', soon())).toMatchObject({ rcode: 3, records: [] });
      expect(server.queries()).toHaveLength(2);
    });
  });

  it('report the failure of an answered query instead of a last time-out', async () => {
    const { lookup, sent } = await ask('ok.test', {
      scripts: [
        { name: '*', rcode: 'refused', times: 2 },
        { name: '*', silent: true },
      ],
      queryTimeoutMs: 100,
    });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'refused', tries: 3 });
    expect(sent).toHaveLength(3);
  });

  it('are not sent after the deadline', async () => {
    const { lookup, sent } = await ask('ok.test', { timeoutMs: 0 });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'timeout', tries: 0 });
    expect(sent).toEqual([]);
  });
});

describe('createStubResolver: a TCP server', () => {
  it.each<{ name: string; tcp: NonNullable<LabScript['tcp']> }>([
    { name: 'stalls', tcp: 'stall' },
    { name: 'announces more than it sends', tcp: 'lying-length' },
    { name: 'closes in the middle', tcp: 'close-early' },
  ])('that $name makes the lookup fail as truncated, not as a time-out, by the deadline', async ({ tcp }) => {
    const { lookup } = await ask('big.test', {
      scripts: [{ name: '*', tcp }],
      timeoutMs: 200,
      queryTimeoutMs: 1000,
    });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'truncated' });
    expect(lookup.elapsedMs).toBeLessThan(700);
  });

  it.each<{ name: string; reply: NonNullable<LabScript['reply']>; reason: string }>([
    { name: 'is truncated again', reply: (answer) => [setTruncated(answer)], reason: 'truncated' },
    {
      name: 'has another id',
      reply: (answer, _query, transport) => [transport === 'tcp' ? flipId(answer) : answer],
      reason: 'malformed',
    },
    {
      name: 'is sent twice',
      reply: (answer, _query, transport) =>
        transport === 'tcp' ? [Buffer.concat([answer, answer])] : [answer],
      reason: 'malformed',
    },
    {
      name: 'is too short for a header',
      reply: (answer, _query, transport) => [transport === 'tcp' ? answer.subarray(0, 5) : answer],
      reason: 'malformed',
    },
    {
      name: 'is empty',
      reply: (answer, _query, transport) => [transport === 'tcp' ? Buffer.alloc(0) : answer],
      reason: 'malformed',
    },
  ])('whose answer $name makes the lookup fail', async ({ reply, reason }) => {
    const { lookup } = await ask('ok.test', { scripts: [{ name: '*', truncate: true, reply }] });
    expect(lookup).toMatchObject({ status: 'failed', reason, tries: 6 });
  });
});

function setTruncated(answer: Buffer): Buffer {
  const bytes = Buffer.from(answer);
  bytes.writeUInt16BE(bytes.readUInt16BE(2) | 0x0200, 2);
  return bytes;
}

function flipId(answer: Buffer): Buffer {
  const bytes = Buffer.from(answer);
  bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0);
  return bytes;
}

describe('createStubResolver: an abort', () => {
  it.each<{ name: string; script: Omit<LabScript, 'name'>; tries: number }>([
    { name: 'UDP', script: { silent: true }, tries: 1 },
    { name: 'TCP', script: { truncate: true, tcp: 'stall' }, tries: 2 },
  ])('ends a lookup over $name at once', async ({ script, tries }) => {
    await withServer([{ name: '*', ...script }], async (server) => {
      const controller = new AbortController();
      const lookup = resolverAt([server]).lookup('ok.test', 'CAA', soon(), controller.signal);
      await vi.waitFor(() => expect(server.queries()).toHaveLength(tries), { interval: 2 });
      controller.abort();
      expect(await lookup).toMatchObject({ status: 'failed', reason: 'aborted', tries });
    });
  });

  it('before the lookup prevents any query', async () => {
    await withServer([], async (server) => {
      const lookup = await resolverAt([server]).lookup('ok.test', 'CAA', soon(), AbortSignal.abort());
      expect(lookup).toMatchObject({ status: 'failed', reason: 'aborted', tries: 0 });
      expect(server.queries()).toEqual([]);
    });
  });
});

describe('createStubResolver: after lookups, there is', () => {
  const active = (kinds: RegExp) =>
    process.getActiveResourcesInfo().filter((kind) => kinds.test(kind)).length;

  it('no open socket, however they end', async () => {
    await vi.waitFor(() => expect(active(/UDP|TCP/)).toBe(0), { interval: 5 });
    const scripts: LabScript[] = [
      { name: 'silent.test', silent: true },
      { name: 'bad.test', malformed: 'short' },
      { name: 'stall.test', truncate: true, tcp: 'stall' },
      { name: 'early.test', truncate: true, tcp: 'close-early' },
    ];
    const names = ['ok.test', 'big.test', 'silent.test', 'bad.test', 'stall.test', 'early.test', 'loop.test'];
    const resolver = await withServer(scripts, async (server) => {
      const own = resolverAt([server], { queryTimeoutMs: 50 });
      const controller = new AbortController();
      const calledOff = own.lookup('silent.test', 'CAA', soon(), controller.signal);
      await Promise.all(names.map((name) => own.lookup(name, 'CAA', soon(400))));
      controller.abort();
      await calledOff;
      return own;
    });
    // Nothing listens any more.
    await resolver.lookup('ok.test', 'CAA', soon(400));
    await vi.waitFor(() => expect(active(/UDP|TCP/)).toBe(0), { interval: 5 });
  });

  it('no active timer', async () => {
    await withServer([{ name: 'early.test', truncate: true, tcp: 'close-early' }], async (server) => {
      const before = active(/Timeout/);
      const resolver = resolverAt([server], { queryTimeoutMs: 60_000 });
      for (const name of ['ok.test', 'big.test', 'early.test'])
        await resolver.lookup(name, 'CAA', soon(200_000));
      // Other timers in this process may have ended meanwhile.
      expect(active(/Timeout/)).toBeLessThanOrEqual(before);
    });
  });
});
