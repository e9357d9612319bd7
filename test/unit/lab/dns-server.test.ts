import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DecodedPacket, decode } from 'dns-packet';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { encodeQuery } from '../../../shared/adapters/dns/message/query.ts';
import { type LabServer, startDnsServer } from '../../lab/dns/dns-server.ts';
import { startDnsViews } from '../../lab/dns/dns-views.ts';
import { labTypeNumber } from '../../lab/dns/lab-rdata.ts';
import { parseZoneText } from '../../lab/dns/zone.ts';

const records = parseZoneText(
  'a.test 77 CAA 0 issue "ca.example"\nwww.test CNAME A.test\na.test TXT "one" "two"',
);
const many = {
  name: 'many.test',
  type: 'CAA',
  values: Array.from({ length: 60 }, (_, index) => `0 issue "ca${index}.example"`),
};

function query(
  name: string,
  type: 'CAA' | 'TXT' = 'CAA',
  { id = 99, udp = 1232 }: { id?: number; udp?: number | null } = {},
): Buffer {
  const { bytes, questionEnd } = encodeQuery(name.split('.'), labTypeNumber(type), id);
  if (udp !== null) {
    bytes.writeUInt16BE(udp, questionEnd + 3);
    return bytes;
  }
  bytes.writeUInt16BE(0, 10);
  return bytes.subarray(0, questionEnd);
}

async function exchange(server: { address: string; port: number }, message: Buffer): Promise<DecodedPacket> {
  const socket = createSocket('udp4');
  try {
    const received = once(socket, 'message');
    socket.send(message, server.port, server.address);
    const [reply] = await received;
    return decode(reply);
  } finally {
    socket.close();
  }
}

async function withServer(
  options: Parameters<typeof startDnsServer>[0],
  use: (server: LabServer) => Promise<void>,
) {
  const server = await startDnsServer(options);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

describe('startDnsServer', () => {
  it('answers in a form that an independent decoder reads, from its cache as well', async () => {
    await withServer({ records }, async (server) => {
      for (const id of [1, 0xffff, 2]) {
        const packet = await exchange(server, query('www.test', 'CAA', { id }));
        expect(packet).toMatchObject({
          id,
          type: 'response',
          rcode: 'NOERROR',
          flag_ra: true,
          flag_ad: false,
          flag_tc: false,
        });
        expect(packet.answers).toMatchObject([
          { name: 'www.test', type: 'CNAME', data: 'A.test' },
          { name: 'A.test', type: 'CAA', ttl: 77, data: { tag: 'issue', value: 'ca.example' } },
        ]);
        expect(packet.additionals).toMatchObject([{ type: 'OPT' }]);
      }
      const entry = { name: 'www.test', type: 257, transport: 'udp' };
      expect(server.queries()).toEqual([entry, entry, entry]);
    });
  });

  it.each([
    { name: 'an answer over the size the client offers is cut', udp: 1232, cut: true },
    { name: 'an answer within it is not', udp: 4096, cut: false },
    { name: 'without EDNS 512 octets are the limit, and there is no OPT', udp: null, cut: true },
    { name: 'an offer below 512 counts as 512', udp: 12, cut: true },
  ])('$name', async ({ udp, cut }) => {
    await withServer({ records: [many] }, async (server) => {
      const packet = await exchange(server, query('many.test', 'CAA', { udp }));
      expect(packet.flag_tc).toBe(cut);
      expect(packet.answers).toHaveLength(cut ? 0 : 60);
      expect(packet.additionals).toHaveLength(udp === null ? 0 : 1);
    });
  });

  it('answers several queries on one TCP connection, even in pieces', async () => {
    await withServer({ records: [...records, many] }, async (server) => {
      const socket = connect(server.port, server.address);
      const framed = [query('many.test'), query('a.test', 'TXT')].map((message) => {
        return Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);
      });
      const bytes = Buffer.concat(framed);
      socket.write(bytes.subarray(0, 5));
      socket.write(bytes.subarray(5));
      let received = Buffer.alloc(0);
      const packets: DecodedPacket[] = [];
      for await (const chunk of socket) {
        received = Buffer.concat([received, chunk]);
        while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
          const end = 2 + received.readUInt16BE(0);
          packets.push(decode(received.subarray(2, end)));
          received = received.subarray(end);
        }
        if (packets.length === 2) break;
      }
      expect(packets.map(({ answers }) => answers?.length)).toEqual([60, 1]);
      expect(server.queries().map(({ transport }) => transport)).toEqual(['tcp', 'tcp']);
    });
  });

  it('answers NXDOMAIN and REFUSED, AD and extended errors by script, for a type or for all', async () => {
    const scripts = [
      { name: 'A.test', type: 'TXT', rcode: 'refused', extendedErrors: [{ code: 18, text: 'no' }] },
      { name: 'a.test', ad: true },
    ] as const;
    await withServer({ records, scripts }, async (server) => {
      expect(await exchange(server, query('a.test', 'TXT'))).toMatchObject({
        rcode: 'REFUSED',
        flag_ad: false,
        answers: [],
      });
      expect(await exchange(server, query('a.test'))).toMatchObject({ rcode: 'NOERROR', flag_ad: true });
      expect(await exchange(server, query('nx.test'))).toMatchObject({ rcode: 'NXDOMAIN', flag_ad: false });
    });
  });

  it('says nothing to what is no query and goes on', async () => {
    await withServer({ records }, async (server) => {
      const socket = createSocket('udp4');
      for (const junk of [Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(12, 0xff), Buffer.alloc(40, 0xc0)]) {
        socket.send(junk, server.port, server.address);
      }
      expect(await exchange(server, query('a.test'))).toMatchObject({ rcode: 'NOERROR' });
      socket.close();
      expect(server.queries()).toHaveLength(1);
    });
  });

  it('keeps only so many queries in mind', async () => {
    await withServer({ records, logSize: 2 }, async (server) => {
      for (const name of ['one.test', 'two.test', 'three.test']) await exchange(server, query(name));
      expect(server.queries().map(({ name }) => name)).toEqual(['two.test', 'three.test']);
    });
  });
});

describe('startDnsViews', () => {
  it('gives each perspective the common records with its own changes', async () => {
    const hijacked = parseZoneText('a.test CAA 0 issue "evil.example"');
    const views = await startDnsViews(
      { records },
      { one: {}, two: { records: hijacked }, three: { scripts: [{ name: '*', rcode: 'servfail' }] } },
    );
    try {
      const seen = await Promise.all(
        ['one', 'two', 'three'].map(async (code) => {
          const [address = '', port] = (views.addresses.get(code) ?? '').split(':');
          const { answers } = await exchange({ address, port: Number(port) }, query('a.test'));
          return JSON.stringify(answers).match(/\w+\.example/)?.[0] ?? null;
        }),
      );
      expect(seen).toEqual(['ca.example', 'evil.example', null]);
      expect(views.servers.get('two')?.queries()).toHaveLength(1);
    } finally {
      await views.close();
    }
  });
});

describe('lab-process', () => {
  it('serves the zone of its file as a process of its own and ends with its parent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-process-'));
    try {
      const outfile = join(folder, 'lab-process.mjs');
      const entry = 'test/lab/lab-process.ts';
      await build({
        entryPoints: [entry],
        bundle: true,
        platform: 'node',
        format: 'esm',
        // CommonJS packages inside the bundle ask for Node's own modules by `require`.
        banner: {
          js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
        },
        outfile,
        logLevel: 'error',
      });
      await writeFile(join(folder, 'zone.json'), JSON.stringify({ records }));
      const child = fork(outfile, [join(folder, 'zone.json')], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      });
      const exited = once(child, 'exit');
      const [line] = await once(child.stdout ?? child, 'data');
      expect(await exchange(JSON.parse(String(line)), query('a.test'))).toMatchObject({ rcode: 'NOERROR' });
      child.disconnect();
      expect(await exited).toEqual([0, null]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
