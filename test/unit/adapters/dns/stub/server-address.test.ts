import { describe, expect, it } from 'vitest';
import {
  formatServerAddress,
  isLoopbackServer,
  parseServerAddress,
} from '../../../../../shared/adapters/dns/stub/server-address.ts';

describe('parseServerAddress', () => {
  it.each([
    { text: '127.0.0.1:5353', address: '127.0.0.1', port: 5353, loopback: true },
    { text: '10.0.0.1', address: '10.0.0.1', port: 53, loopback: false },
    { text: '[::1]:53', address: '::1', port: 53, loopback: true },
    { text: '::1', address: '::1', port: 53, loopback: true },
    { text: '[0:0:0:0:0:0:0:1]:65535', address: '::1', port: 65_535, loopback: true },
    { text: ' 2001:DB8::53 ', address: '2001:db8::53', port: 53, loopback: false },
    { text: '[2001:db8::53]', address: '2001:db8::53', port: 53, loopback: false },
    { text: '[fe80::1%eth0]:53', address: 'fe80::1%eth0', port: 53, loopback: false },
  ])('reads $text', ({ text, address, port, loopback }) => {
    const server = parseServerAddress(text);
    expect(server).toEqual({ address, port });
    expect(isLoopbackServer(server)).toBe(loopback);
    expect(parseServerAddress(formatServerAddress(server))).toEqual(server);
  });

  it.each([
    '',
    'localhost',
    'localhost:53',
    '127.0.0.1:',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.1:53x',
    '127.0.0.1:-1',
    '127.1',
    '0x7f.0.0.1',
    '[127.0.0.1]:53',
    '[::1',
    '[]:53',
    '::1]:53',
    'udp://127.0.0.1:53',
  ])('rejects %j with an error that contains it', (text) => {
    expect(() => parseServerAddress(text)).toThrow(`DNS server ${JSON.stringify(text)}`);
  });
});
