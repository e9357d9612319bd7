import { connect, type LookupFunction, type Socket } from 'node:net';
import type { ConnectionFailure } from '../../domain/net/connection-failure.ts';
import { type IpAddress, parseIpAddress } from '../../domain/net/ip-address.ts';
import { type IpNetwork, networkContains } from '../../domain/net/ip-network.ts';
import {
  DENIED_ADDRESS,
  findReservedBlock,
  NOT_AN_ADDRESS,
  OWN_ADDRESS,
  type ReservedBlock,
} from '../../domain/net/special-purpose.ts';
import type { WebPort } from '../../domain/net/web-url.ts';
import { codeOf, expired, failed } from './failure.ts';
import { noteSocketError } from './local-fault.ts';
import { createOwnAddresses } from './own-addresses.ts';
import { findExpiry, onExpiry, type TimeLimit } from './time-limit.ts';

/** Ports of lab servers instead of 80 and 443. Applies only to addresses inside `allowedNetworks`. */
export type LabPorts = { readonly [port in WebPort]?: number };

export interface NetworkGuardOptions {
  /** Networks permitted although the address tables refuse them: for labs; empty in production. */
  readonly allowedNetworks: readonly IpNetwork[];
  readonly labPorts?: LabPorts;
  /** Further refused networks; these override `allowedNetworks`. */
  readonly deniedNetworks?: readonly IpNetwork[];
  /** Addresses of this machine, see {@link createOwnAddresses}. */
  readonly ownAddresses?: () => readonly IpAddress[];
}

export interface Vetting {
  readonly vetted: readonly VettedAddress[];
  readonly refused: readonly RefusedAddress[];
}

export interface RefusedAddress {
  /** RFC 5952 text; null if the input is not an IP literal. */
  readonly address: string | null;
  readonly block: ReservedBlock;
}

export type Dialled = { readonly status: 'connected'; readonly socket: Socket } | ConnectionFailure;

/**
 * Restricts a perspective to the public Internet: an applicant cannot make it connect to reserved addresses, which no
 * certificate may contain (TLS BR 4.2.2 [certificate-names]). The guard both vets addresses and opens the connections,
 * so that the vetted address is the dialled address.
 */
export interface NetworkGuard {
  /** Judge each of `addresses`. Refuses what is not a strict IP literal. */
  vet(addresses: readonly string[]): Vetting;
  /**
   * Connect to an address that this guard has vetted. The returned socket is open and nothing has been sent; the caller
   * has to destroy it. Looks up no name, uses no proxy, and tries only this address.
   *
   * @throws TypeError if this guard has not vetted the address, and for a port other than 80 and 443.
   */
  dial(address: VettedAddress, port: WebPort, limit: TimeLimit): Promise<Dialled>;
}

const STEP = 'the connection attempt';

/**
 * An address with proof that a guard has vetted it. The class is private to this module, so no other code can create
 * one.
 */
class Vetted {
  /** RFC 5952 text or dotted decimal. */
  readonly address: string;
  readonly family: 4 | 6;
  /** True inside a configured `allowedNetworks` entry. */
  readonly isLab: boolean;
  readonly #guard: symbol;

  constructor(address: string, family: 4 | 6, isLab: boolean, guard: symbol) {
    this.address = address;
    this.family = family;
    this.isLab = isLab;
    this.#guard = guard;
    Object.freeze(this);
  }

  /** Also detects values of another type that were cast to `Vetted`. */
  static isVettedBy(guard: symbol, value: Vetted): boolean {
    return #guard in value && value.#guard === guard;
  }
}
export type VettedAddress = Vetted;

export function isWebPort(port: number): port is WebPort {
  return port === 80 || port === 443;
}

export function createNetworkGuard(options: NetworkGuardOptions): NetworkGuard {
  const {
    allowedNetworks,
    labPorts = {},
    deniedNetworks = [],
    ownAddresses = createOwnAddresses(),
  } = options;
  const identity = Symbol('network guard');

  const vetOne = (text: string): Vetted | RefusedAddress => {
    const parsed = parseIpAddress(text);
    if (parsed === null) return { address: null, block: NOT_AN_ADDRESS };
    const isIn = (network: IpNetwork) => networkContains(network, parsed);
    if (deniedNetworks.some(isIn)) return { address: parsed.text, block: DENIED_ADDRESS };
    const isLab = allowedNetworks.some(isIn);
    const block = isLab ? null : (findReservedBlock(text) ?? findOwnBlock(parsed));
    return block === null
      ? new Vetted(parsed.text, parsed.family, isLab, identity)
      : { address: parsed.text, block };
  };

  const findOwnBlock = ({ text }: IpAddress): ReservedBlock | null =>
    ownAddresses().some((own) => own.text === text) ? OWN_ADDRESS : null;

  return {
    vet(addresses) {
      const vetted: Vetted[] = [];
      const refused: RefusedAddress[] = [];
      for (const judged of addresses.map(vetOne)) {
        if (judged instanceof Vetted) vetted.push(judged);
        else refused.push(judged);
      }
      return { vetted, refused };
    },
    dial(address, port, limit) {
      if (!Vetted.isVettedBy(identity, address)) throw new TypeError('this guard has not vetted the address');
      if (!isWebPort(port)) throw new TypeError('a guard dials ports 80 and 443 only');
      return open(address, address.isLab ? (labPorts[port] ?? port) : port, limit);
    },
  };
}

/**
 * Connect to a DNS resolver that the operator configured. It is trusted, so any address and port is permitted. The
 * connection may still be opening; the caller has to destroy it.
 */
export function connectToResolver({ address, port }: { address: string; port: number }): Socket {
  return openSocket(address, port);
}

/** All targets are IP literals. If one were a name, this would prevent its lookup. */
const neverLookUp: LookupFunction = (_hostname, _options, done) => {
  done(new Error('names are not looked up here'), '', 0);
};

/** One address, one connection attempt: no second address family, no effect of environment variables. */
function openSocket(host: string, port: number): Socket {
  return connect({ host, port, noDelay: true, lookup: neverLookUp, autoSelectFamily: false });
}

function open({ address }: VettedAddress, port: number, limit: TimeLimit): Promise<Dialled> {
  const expiry = findExpiry(limit);
  if (expiry !== null) return Promise.resolve(expired(expiry, address, STEP));
  return new Promise((resolve) => {
    const socket = openSocket(address, port);
    const settle = (dialled: Dialled) => {
      disarm();
      if (dialled.status === 'failed') socket.destroy();
      resolve(dialled);
    };
    const disarm = onExpiry(limit, (reason) => settle(expired(reason, address, STEP)));
    // Never removed: an error without a listener ends the process, and the next owner adds its own only later.
    socket.on('error', (error) => {
      const what = noteSocketError(error) ? 'this machine could not connect' : 'no connection came about';
      settle(failed('unreachable', address, `${what} (${codeOf(error)})`));
    });
    socket.once('connect', () => settle(confirmPeer(socket, address)));
  });
}

/**
 * Compare the kernel's peer address with the vetted one. It is undefined if the peer has already closed the connection.
 */
function confirmPeer(socket: Socket, address: string): Dialled {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined)
    return failed('unreachable', address, 'the peer broke off the connection at once');
  if (parseIpAddress(remoteAddress)?.text === address) return { status: 'connected', socket };
  return failed(
    'unreachable',
    address,
    'the connection leads to another address than the one that was vetted',
  );
}
