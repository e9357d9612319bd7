import type { Clock } from '../../../shared/ports/clock.ts';
import type { VirtualTime } from '../../support/virtual-clock.ts';

/**
 * One operating system process: everything that reaches it, timers and responses included, comes through {@link enter}.
 * A dead process ignores it; a frozen one handles it later, in order.
 */
export class SimProcess {
  readonly clock: Clock;
  readonly #time: VirtualTime;
  readonly #startsAt: number;
  readonly #deaths: (() => void)[] = [];
  /** Wall clock minus true time, by the true time from which it applies: for the inverse. */
  readonly #offsets: { readonly since: number; readonly offset: number }[];
  readonly #standstills: { readonly from: number; readonly until: number }[] = [];
  #backlog: (() => void)[] = [];
  #holds = 0;
  #dead = false;

  constructor(
    /** Its role, which its successors share. */
    readonly role: string,
    /** Its unique name. */
    readonly name: string,
    time: VirtualTime,
    startsAt: number,
    offsetMs: number,
  ) {
    this.#time = time;
    this.#startsAt = startsAt;
    this.#offsets = [{ since: 0, offset: offsetMs }];
    this.clock = {
      now: () => this.#startsAt + Math.floor(time.elapsed) + this.#offset(),
      monotonic: () => time.elapsed,
      schedule: (delayMs, action) => this.#schedule(delayMs, action),
    };
  }

  get isDead(): boolean {
    return this.#dead;
  }

  get isFrozen(): boolean {
    return this.#holds > 0;
  }

  /** Runs `action` in this process. */
  enter(action: () => void): void {
    if (this.#dead) return;
    if (this.#holds > 0) this.#backlog.push(action);
    else action();
  }

  freeze(): void {
    this.#holds += 1;
  }

  /** Freezes the process for this long, by a fault. */
  standStill(forMs: number): void {
    const from = this.#time.elapsed;
    this.#standstills.push({ from, until: from + forMs });
    this.freeze();
    this.#time.schedule(forMs, () => this.thaw());
  }

  /** How long it was frozen by faults between these true times, milliseconds. */
  standstillMs(from: number, until: number): number {
    return this.#standstills.reduce(
      (sum, one) => sum + Math.max(0, Math.min(until, one.until) - Math.max(from, one.from)),
      0,
    );
  }

  thaw(): void {
    this.#holds -= 1;
    while (this.#holds === 0 && !this.#dead) {
      const [next, ...rest] = this.#backlog;
      if (next === undefined) return;
      this.#backlog = rest;
      next();
    }
  }

  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#backlog = [];
    for (const tell of this.#deaths.splice(0)) tell();
  }

  onDeath(tell: () => void): void {
    if (this.#dead) tell();
    else this.#deaths.push(tell);
  }

  jumpClock(byMs: number): void {
    this.#offsets.push({ since: this.#time.elapsed, offset: this.#offset() + byMs });
  }

  /**
   * The earliest and the latest true time at which this process's wall clock showed `wallMs`: a clock that was set back
   * shows some times twice.
   */
  trueTimesOf(wallMs: number): readonly [number, number] {
    const found = this.#offsets.flatMap(({ since, offset }, index) => {
      const at = wallMs - this.#startsAt - offset;
      const until = this.#offsets[index + 1]?.since ?? Number.POSITIVE_INFINITY;
      return at >= Math.floor(since) && at <= until ? [at] : [];
    });
    // A time that the clock skipped.
    if (found.length === 0) found.push(wallMs - this.#startsAt - this.#offset());
    return [Math.min(...found), Math.max(...found)];
  }

  #offset(): number {
    return this.#offsets[this.#offsets.length - 1]?.offset ?? 0;
  }

  #schedule(delayMs: number, action: () => void): () => void {
    if (this.#dead) return () => {};
    let cancelled = false;
    const cancelTimer = this.#time.schedule(delayMs, () => {
      if (!cancelled)
        this.enter(() => {
          if (!cancelled) action();
        });
    });
    return () => {
      cancelled = true;
      cancelTimer();
    };
  }
}
