import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import type { RecordType } from '../../../../../shared/domain/dns/lookup.ts';
import { startDnsServer } from '../../../../lab/dns/dns-server.ts';
import type { LabScript } from '../../../../lab/dns/lab-script.ts';
import { ask, resolverAt, soon, view } from './stub-lab.ts';

describe('createStubResolver: failures', () => {
  const ede = (...codes: number[]) => codes.map((code) => ({ code, text: `why ${code}` }));
  interface FailureRow {
    readonly name: string;
    readonly asked?: string;
    readonly type?: RecordType;
    readonly script?: Omit<LabScript, 'name'>;
    readonly expected: object;
  }
  it.each<FailureRow>([
    {
      name: 'SERVFAIL to every try',
      script: { rcode: 'servfail' },
      expected: { reason: 'servfail', rcode: 2, tries: 3 },
    },
    { name: 'REFUSED', script: { rcode: 'refused' }, expected: { reason: 'refused', rcode: 5, tries: 3 } },
    { name: 'NOTIMP', script: { rcode: 4 }, expected: { reason: 'rcode', rcode: 4, tries: 3 } },
    {
      name: 'an extended response code',
      script: { rcode: 23 },
      expected: { reason: 'rcode', rcode: 23, tries: 3 },
    },
    {
      name: 'bogus data, without another query',
      script: { rcode: 'servfail', extendedErrors: ede(9) },
      expected: { reason: 'bogus', rcode: 2, tries: 1, extendedErrors: ede(9) },
    },
    {
      name: 'an answer with unsupported NSEC3 iterations',
      script: { extendedErrors: ede(27) },
      expected: { reason: 'bogus', rcode: 0, tries: 1 },
    },
    {
      name: 'an AD-marked answer with unsupported NSEC3 iterations',
      script: { ad: true, extendedErrors: ede(27) },
      expected: { reason: 'bogus' },
    },
    {
      name: 'indeterminate',
      script: { rcode: 'servfail', extendedErrors: ede(5) },
      expected: { reason: 'indeterminate' },
    },
    {
      name: 'no reachable authority',
      script: { rcode: 'servfail', extendedErrors: ede(22) },
      expected: { reason: 'unreachable', rcode: 2 },
    },
    {
      name: 'network error',
      script: { rcode: 'servfail', extendedErrors: ede(23) },
      expected: { reason: 'unreachable', rcode: 2 },
    },
    {
      name: 'missing octets',
      script: { malformed: 'short' },
      expected: { reason: 'malformed', rcode: null, tries: 3 },
    },
    { name: 'trailing octets', script: { malformed: 'long' }, expected: { reason: 'malformed', tries: 3 } },
    {
      name: 'a question count of two',
      script: { wrongQuestion: 'count' },
      expected: { reason: 'malformed', tries: 3 },
    },
    {
      name: 'an A record of three octets',
      asked: 'three-octets.test',
      type: 'A',
      expected: { reason: 'malformed', tries: 3 },
    },
    {
      name: 'a CAA tag past its record',
      asked: 'caa-past.test',
      expected: { reason: 'malformed', tries: 3 },
    },
    {
      name: 'an alias loop, without another query',
      asked: 'loop.test',
      expected: { reason: 'alias-loop', rcode: 0, tries: 1 },
    },
    { name: 'eleven links', asked: 'c1.test', expected: { reason: 'alias-chain-too-long', tries: 1 } },
    {
      name: 'a name with upper-case letters',
      asked: 'OK.test',
      expected: { reason: 'invalid-name', tries: 0 },
    },
    {
      name: 'a label of 64 octets',
      asked: `${'a'.repeat(64)}.test`,
      expected: { reason: 'invalid-name', tries: 0 },
    },
    { name: 'an empty name', asked: '', expected: { reason: 'invalid-name', tries: 0 } },
  ])('fails for $name', async ({ asked = 'ok.test', type = 'CAA', script, expected }) => {
    const { lookup } = await ask(asked, { type, scripts: script ? [{ name: '*', ...script }] : [] });
    expect(lookup).toMatchObject({ status: 'failed', name: asked, type, ...expected });
  });

  it('ignores forged ids and questions, and accepts the genuine answer after them', async () => {
    const forge = (change: (bytes: Buffer) => void) => (answer: Buffer) => {
      const forged = Buffer.from(answer);
      change(forged);
      return [forged, answer];
    };
    const forgeries = [
      forge((bytes) => bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0)),
      forge((bytes) => bytes.writeUInt8(bytes.readUInt8(13) ^ 0x20, 13)),
      forge((bytes) => bytes.writeUInt8(bytes.readUInt8(2) & 0x7f, 2)),
      (answer: Buffer) => [Buffer.alloc(3), Buffer.alloc(0), answer],
    ];
    for (const reply of forgeries) {
      const { lookup } = await ask('ok.test', { scripts: [{ name: '*', reply }] });
      expect(lookup).toMatchObject({ status: 'answered', tries: 1 });
    }
  });

  it.each<{ name: string; script: Omit<LabScript, 'name'> }>([
    { name: 'no response', script: { silent: true } },
    { name: 'only wrong ids', script: { wrongId: true } },
    { name: 'only wrong names', script: { wrongQuestion: 'name' } },
    { name: 'only names in other letter case', script: { wrongQuestion: 'case' } },
  ])('times out after two tries by the deadline for $name', async ({ script }) => {
    const { lookup } = await ask('ok.test', {
      scripts: [{ name: '*', ...script }],
      timeoutMs: 400,
      queryTimeoutMs: 20_000,
    });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'timeout', rcode: null, tries: 2 });
    // Far below the time that two tries would take without a deadline.
    expect(lookup.elapsedMs).toBeLessThan(10_000);
  });

  it('gives up a try when many ids are guessed', async () => {
    const guesses = (answer: Buffer) =>
      Array.from({ length: 20 }, (_, index) => {
        const guess = Buffer.from(answer);
        guess.writeUInt16BE(answer.readUInt16BE(0) ^ (index + 1), 0);
        return guess;
      });
    const { lookup } = await ask('ok.test', {
      scripts: [{ name: '*', reply: (answer) => [...guesses(answer), answer] }],
    });
    expect(lookup).toMatchObject({ status: 'failed', reason: 'malformed', tries: 3 });
  });

  it('ignores the correct response from another port', async () => {
    const asked = createSocket('udp4');
    const stranger = createSocket('udp4');
    try {
      await new Promise<void>((resolve) => asked.bind(0, '127.0.0.1', resolve));
      const forged = new Promise<void>((resolve) => {
        asked.on('message', (query, client) => {
          const answer = Buffer.from(query);
          answer.writeUInt16BE(0x8183, 2);
          stranger.send(answer, client.port, client.address, () => resolve());
        });
      });
      const resolver = resolverAt([{ address: '127.0.0.1', port: asked.address().port }]);
      const lookup = await resolver.lookup('ok.test', 'CAA', soon(150));
      await forged;
      expect(lookup).toMatchObject({ status: 'failed', reason: 'timeout' });
    } finally {
      asked.close();
      stranger.close();
    }
  });

  it('fails as unreachable when nothing listens', async () => {
    const closed = await startDnsServer(view);
    await closed.close();
    const lookup = await resolverAt([closed]).lookup('ok.test', 'CAA', soon());
    expect(lookup).toMatchObject({ status: 'failed', reason: 'unreachable', tries: 3 });
    expect(lookup.status === 'failed' && lookup.message).toContain('ECONNREFUSED');
  });
});
