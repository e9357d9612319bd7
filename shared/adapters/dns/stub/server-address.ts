import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** A DNS server: an IP address, never a name, and a port. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

const DNS_PORT = 53;

/**
 * Read `10.0.0.1`, `127.0.0.1:5353`, `::1` or `[::1]:53`.
 *
 * @throws Error with the text if it has another form; an invalid setting has to stop the start.
 */
export function parseServerAddress(text: string): ServerAddress {
  const { host, port } = splitPort(text.trim());
  const number = port === null ? DNS_PORT : Number(port);
  if (!isIPv4(host) && !isIPv6(host))
    throw new Error(`DNS server "${text}": not an IP address with optional port`);
  if (number < 1 || number > 65_535) throw new Error(`DNS server "${text}": the port is not in 1 to 65535`);
  return { address: canonicalAddress(host), port: number };
}

/** An IPv6 address contains colons, so a port requires brackets (RFC 3986 section 3.2.2). */
function splitPort(text: string): { readonly host: string; readonly port: string | null } {
  if (isIPv6(text)) return { host: text, port: null };
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text);
  const bracketed = match?.[1];
  if (bracketed !== undefined && !isIPv6(bracketed)) return { host: '', port: null };
  return { host: bracketed ?? match?.[2] ?? '', port: match?.[3] ?? null };
}

/** The address in the form in which the socket layer reports a sender, for comparison. */
export function canonicalAddress(address: string): string {
  if (isIPv4(address) || address.includes('%')) return address;
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/** Requires a parsed address, so a colon identifies IPv6. */
export function isIpv6Server({ address }: ServerAddress): boolean {
  return address.includes(':');
}

export function formatServerAddress(server: ServerAddress): string {
  const { address, port } = server;
  return isIpv6Server(server) ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Whether the server is on loopback: a resolver's AD bit may be trusted only over a secure channel (RFC 4035 section
 * 4.9.3).
 */
export function isLoopbackServer({ address }: ServerAddress): boolean {
  return address === '::1' || address.startsWith('127.');
}
