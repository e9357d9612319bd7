import { Random } from './random.ts';

/** The network between a server of the lab and its clients, the same each way. Plain data. */
export interface LabPath {
  /** Share of the datagrams that are lost, 0 to 1. */
  readonly loss?: number;
  /** Draws the same losses again. */
  readonly seed?: number;
  /** How long a datagram takes, milliseconds. */
  readonly delayMs?: number;
}

/** Carries one datagram: calls `arrive`, later or never. */
export type Way = (arrive: () => void) => void;

/** @throws Error when the share is not one: a lab without the losses that a test counts on proves nothing. */
export function createWay({ loss = 0, seed = 1, delayMs = 0 }: LabPath): Way {
  if (!(loss >= 0 && loss <= 1)) throw new Error(`the share of lost datagrams must be 0 to 1, not ${loss}`);
  const random = new Random(seed);
  return (arrive) => {
    if (loss > 0 && random.chance(loss)) return;
    if (delayMs > 0) setTimeout(arrive, delayMs).unref();
    else arrive();
  };
}
