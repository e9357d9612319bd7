import type { Clock } from '../../../shared/ports/clock.ts';
import { show } from '../ask/show.ts';
import type { Io } from '../shell/command.ts';
import type { BatchResult, Outcome } from './results.ts';

/** How many names came to what. */
export type Tally = Readonly<Record<Outcome, number>>;

/** Shows how far a batch is. */
export interface BatchProgress {
  /** Another name is done. */
  update(result: BatchResult, tally: Tally): void;
  /** Takes away what is written over; plain lines stay. */
  end(): void;
}

const BAR_CHARACTERS = 30;
const LINE_CHARACTERS = 78;
/** Least time between two pictures of the bar, milliseconds. */
const REDRAW_MS = 100;
const MS_PER_SECOND = 1000;

/** On standard error: on a terminal a bar that is written over, else a line for each name. */
export function createBatchProgress(
  { error, isTerminal, clock }: Pick<Io, 'error' | 'isTerminal' | 'clock'>,
  total: number,
): BatchProgress {
  return isTerminal ? new Bar(error, clock, total) : { update: (result) => error(lineOf(result)), end() {} };
}

function lineOf({ target, outcome, quorum, reason }: BatchResult): string {
  // The reason has been made fit to be shown when the result was.
  const words = [
    outcome,
    ...(quorum === null ? [] : [show(quorum, 9)]),
    ...(reason === null ? [] : [reason]),
  ];
  return `${show(target, 253)}: ${words.join(', ')}\n`;
}

class Bar implements BatchProgress {
  readonly #write: Io['error'];
  readonly #clock: Clock;
  readonly #total: number;
  readonly #startedAt: number;
  #done = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(write: Io['error'], clock: Clock, total: number) {
    this.#write = write;
    this.#clock = clock;
    this.#total = total;
    this.#startedAt = clock.monotonic();
  }

  update(_: BatchResult, tally: Tally): void {
    this.#done += 1;
    const now = this.#clock.monotonic();
    if (now - this.#drawnAt < REDRAW_MS && this.#done < this.#total) return;
    this.#drawnAt = now;
    this.#write(`\r\u001b[K${this.#draw(tally, now - this.#startedAt)}`);
  }

  end(): void {
    this.#write('\r\u001b[K');
  }

  #draw({ valid, ...others }: Tally, elapsedMs: number): string {
    const share = this.#total === 0 ? 1 : this.#done / this.#total;
    const full = Math.round(share * BAR_CHARACTERS);
    const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_CHARACTERS - full)}]`;
    const left = Math.round((elapsedMs / this.#done) * (this.#total - this.#done) * (1 / MS_PER_SECOND));
    const withoutVerdict = others.undecided + others.failed;
    const counts = `${valid} valid, ${others['not-valid'] + others.rejected} not, ${withoutVerdict} unknown`;
    return `${bar} ${this.#done}/${this.#total} ${counts}, ${left} s left`.slice(0, LINE_CHARACTERS);
  }
}
