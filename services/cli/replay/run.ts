import { toPrintableJson } from '../../../shared/contract/api/printable-json.ts';
import { escapeUnseen } from '../../../shared/domain/net/quote.ts';
import { rulebookIdentity } from '../../../shared/domain/rules/citation.ts';
import { EXIT, type Io } from '../shell/command.ts';
import { readTrails } from '../shell/trail.ts';
import { type Entry, parseEntry } from './read-trail.ts';
import {
  askedOf,
  type Difference,
  decisionText,
  type Replay,
  type ReplayedPerspective,
  type ReplayedQuorum,
  replayDecision,
} from './replay-decision.ts';

export interface ReplayOptions {
  /** Files, folders, or `-` for standard input. */
  readonly trail: readonly string[];
  /** Only the decisions of this request. */
  readonly id?: string | undefined;
  /** The day whose rules to decide by, not the recorded one. */
  readonly asOf?: string | undefined;
  readonly json: boolean;
}

/** The records of one attempt, as far as they were read. */
interface Attempt {
  readonly perspectives: Map<string, ReplayedPerspective>;
  quorum: ReplayedQuorum | null;
}

/** Replays all decisions of a trail; resolves with the exit status. */
export async function runReplay(options: ReplayOptions, io: Io): Promise<number> {
  const replaying = new Replaying(options, io);
  for await (const line of readTrails(options.trail, io)) {
    const entry = parseEntry(line);
    if (entry !== null) replaying.take(entry);
  }
  return replaying.finish();
}

class Replaying {
  readonly #options: ReplayOptions;
  readonly #io: Io;
  readonly #open = new Map<string, Attempt>();
  /** What was decided, by attempt. */
  readonly #done = new Map<string, string>();
  readonly #count = { decisions: 0, differing: 0, problems: 0, otherRulebooks: 0 };

  constructor(options: ReplayOptions, io: Io) {
    this.#options = options;
    this.#io = io;
  }

  /** The next entry of the trail; what it makes complete is replayed at once. */
  take(entry: Entry): void {
    const { id } = this.#options;
    const mpicId = entry.kind === 'problem' ? entry.mpicId : entry.record.mpic_id;
    // A place that cannot be read may have held what was asked for.
    if (id !== undefined && mpicId !== null && mpicId !== id) return;
    if (entry.kind === 'problem') {
      this.#complain(entry.place, entry.problem);
      return;
    }

    const key = `${entry.record.mpic_id}/${entry.record.attempt}`;
    const attempt = this.#open.get(key) ?? { perspectives: new Map(), quorum: null };
    if (entry.kind === 'quorum') {
      const before = this.#done.get(key) ?? (attempt.quorum && decisionText(attempt.quorum));
      // A publication that was repeated says the same again.
      if (before !== null && before !== decisionText(entry.record))
        this.#complain(key, 'another record of this decision says otherwise');
    }
    if (this.#done.has(key)) return;
    this.#open.set(key, attempt);
    if (entry.kind === 'quorum') attempt.quorum ??= entry.record;
    else attempt.perspectives.set(entry.record.perspective, entry.record);

    const { quorum, perspectives } = attempt;
    if (quorum === null || !askedOf(quorum).every((code) => perspectives.has(code))) return;
    this.#open.delete(key);
    this.#done.set(key, decisionText(quorum));
    this.#replay(quorum, perspectives);
  }

  /** Replays what lacks a record, sums up, and gives the exit status. */
  finish(): number {
    for (const { quorum, perspectives } of this.#open.values())
      if (quorum !== null) this.#replay(quorum, perspectives);
    const { id, asOf } = this.#options;
    const { decisions, differing, problems, otherRulebooks } = this.#count;
    if (decisions === 0) {
      this.#io.error(
        `there is no decision ${id === undefined ? '' : `of ${escapeUnseen(id)} `}in the trail\n`,
      );
      return EXIT.no;
    }
    if (otherRulebooks > 0)
      this.#io.error(
        `${otherRulebooks} of ${decisions} decisions were made by another rulebook than that of this version ` +
          `(TLS BR ${rulebookIdentity().tlsBr}): the version that made them repeats them exactly\n`,
      );
    this.#io.error(`${decisions} decisions replayed, ${differing} differ, ${problems} problems\n`);
    return problems > 0 || (asOf === undefined && differing > 0) ? EXIT.no : EXIT.ok;
  }

  #complain(place: string, problem: string): void {
    this.#count.problems += 1;
    this.#io.error(`${escapeUnseen(place)}: ${problem}\n`);
  }

  #replay(quorum: ReplayedQuorum, perspectives: Attempt['perspectives']): void {
    const replay = replayDecision(quorum, perspectives, this.#options.asOf ?? null);
    this.#count.decisions += 1;
    if (!replay.ok) this.#count.problems += 1;
    else if (replay.differences.length > 0) this.#count.differing += 1;
    if (quorum.rulebook?.digest !== rulebookIdentity().digest) this.#count.otherRulebooks += 1;
    this.#io.out(
      this.#options.json ? `${toPrintableJson(toJson(quorum, replay))}\n` : toText(quorum, replay),
    );
  }
}

function toJson(
  { mpic_id, attempt, checked_identifier, rules_as_of, rulebook }: ReplayedQuorum,
  replay: Replay,
) {
  const outcome = replay.ok
    ? { replayed: true, rules_as_of_replay: replay.rulesAsOf, differences: replay.differences }
    : { replayed: false, problem: replay.problem };
  return { mpic_id, attempt, checked_identifier, rules_as_of, rulebook, ...outcome };
}

function toText(quorum: ReplayedQuorum, replay: Replay): string {
  const word = replay.ok ? (replay.differences.length === 0 ? 'same' : 'differs') : 'problem';
  const what = quorum.validation_method ?? quorum.check_type;
  const outcome = `${quorum.is_valid ? 'valid' : 'not valid'}, ${quorum.baseline_satisfied ? 'satisfied' : 'not satisfied'}`;
  const rules = replay.ok ? replay.rulesAsOf : quorum.rules_as_of;
  // A trail may hold what a stranger has written: it is shown on a terminal, and must not command it.
  const { mpic_id, time, checked_identifier, quorum: votes } = quorum;
  const [id, at, identifier, counted] = [mpic_id, time, checked_identifier, votes].map(escapeUnseen);
  const head = `${word.padEnd(7)}  ${id}/${quorum.attempt}  ${at}  ${what} of ${identifier}: ${counted} ${outcome}; rules of ${rules}`;
  const lines = replay.ok ? replay.differences.map(toLine) : [escapeUnseen(replay.problem)];
  return [head, ...lines.map((line) => `         ${line}`), ''].join('\n');
}

function toLine({ member, recorded, replayed }: Difference): string {
  return `${member}: ${toPrintableJson(recorded)} in the record, ${toPrintableJson(replayed)} replayed`;
}
