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

/** Where a lab's servers listen instead of 80 and 443: for addresses inside the allowed networks only. */
export type LabPorts = { readonly [port in WebPort]?: number };

export interface NetworkGuardOptions {
  /** Networks that may be connected to although the tables refuse them: for labs, none in production. */
  readonly allowedNetworks: readonly IpNetwork[];
  readonly labPorts?: LabPorts;
  /** More networks that are never connected to, whatever else is allowed. */
  readonly deniedNetworks?: readonly IpNetwork[];
  /** Addresses of this machine, see {@link createOwnAddresses}. */
  readonly ownAddresses?: () => readonly IpAddress[];
}

export interface Vetting {
  readonly vetted: readonly VettedAddress[];
  readonly refused: readonly RefusedAddress[];
}

export interface RefusedAddress {
  /** RFC 5952 text; null for what is not an IP literal. */
  readonly address: string | null;
  readonly block: ReservedBlock;
}

export type Dialled = { readonly status: 'connected'; readonly socket: Socket } | ConnectionFailure;

/**
 * Keeps a perspective on the public Internet: what no certificate may name (TLS BR 4.2.2 [certificate-names]) leads to
 * networks that are not an applicant's to have asked. It judges addresses and opens the connections itself, so that the
 * address judged is the address dialled.
 */
export interface NetworkGuard {
  /** Judge `addresses` one by one. What is not a strict literal is refused. */
  vet(addresses: readonly string[]): Vetting;
  /**
   * Connect to an address that this guard has vetted, by number. The socket is open and nothing has been sent; its owner
   * has to destroy it. No name is looked up, no proxy used, and only this one address tried.
   *
   * @throws TypeError for an address that another guard vetted, or none, and for a port that is not of the web.
   */
  dial(address: VettedAddress, port: WebPort, limit: TimeLimit): Promise<Dialled>;
}

const STEP = 'the connection attempt';

/** An address with the proof that a guard has judged it: the class stays in this module, so nobody else makes one. */
class Vetted {
  /** RFC 5952 text or dotted decimal. */
  readonly address: string;
  readonly family: 4 | 6;
  /** Inside a network that is allowed by configuration. */
  readonly isLab: boolean;
  readonly #guard: symbol;

  constructor(address: string, family: 4 | 6, isLab: boolean, guard: symbol) {
    this.address = address;
    this.family = family;
    this.isLab = isLab;
    this.#guard = guard;
    Object.freeze(this);
  }

  /** Also for values that a cast has made look like one. */
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
 * Connect to a DNS resolver that the operator has named: no stranger chooses it, so any address and port will do. The
 * connection may not be open yet; it is the caller's to destroy.
 */
export function connectToResolver({ address, port }: { address: string; port: number }): Socket {
  return openSocket(address, port);
}

/** Everything this module connects to is a number already. Were it not, this keeps the name from being looked up. */
const neverLookUp: LookupFunction = (_hostname, _options, done) => {
  done(new Error('names are not looked up here'), '', 0);
};

/** One address, one attempt: no second family is tried besides, and no environment variable has a say. */
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
    // Stays: an error that nobody listens to ends the process, and the next owner takes over only a moment later.
    socket.on('error', (error) => {
      const what = noteSocketError(error) ? 'this machine could not connect' : 'no connection came about';
      settle(failed('unreachable', address, `${what} (${codeOf(error)})`));
    });
    socket.once('connect', () => settle(confirmPeer(socket, address)));
  });
}

/** The kernel's word for whom the socket is connected to; none if the peer has broken off already. */
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
