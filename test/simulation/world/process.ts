import type { Clock } from '../../../shared/ports/clock.ts';
import type { VirtualTime } from '../../support/virtual-clock.ts';

/**
 * One operating system process, as the simulation sees it: everything that reaches it, timers and answers included, comes
 * through {@link enter}. A dead process is entered no more; a frozen one later, with all that came meanwhile in its order.
 */
export class SimProcess {
  readonly clock: Clock;
  readonly #time: VirtualTime;
  readonly #startsAt: number;
  readonly #deaths: (() => void)[] = [];
  /** Wall clock minus true time, by the true time since when: for the inverse. */
  readonly #offsets: { readonly since: number; readonly offset: number }[];
  #backlog: (() => void)[] = [];
  #holds = 0;
  #dead = false;

  constructor(
    /** What it is, the same for those that follow it. */
    readonly role: string,
    /** Its own name. */
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

  /** Have `action` happen in this process. */
  enter(action: () => void): void {
    if (this.#dead) return;
    if (this.#holds > 0) this.#backlog.push(action);
    else action();
  }

  freeze(): void {
    this.#holds += 1;
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

  /** The true time at which this process's wall clock last showed `wallMs`, as far as its history tells. */
  trueTimeOf(wallMs: number): number {
    for (let index = this.#offsets.length - 1; index >= 0; index -= 1) {
      const stretch = this.#offsets[index];
      if (stretch === undefined) break;
      const at = wallMs - this.#startsAt - stretch.offset;
      if (at >= Math.floor(stretch.since) || index === 0) return at;
    }
    return wallMs - this.#startsAt;
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
