import { toPrintableJson } from '../../../shared/contract/api/printable-json.ts';
import { escapeUnseen } from '../../../shared/domain/net/quote.ts';
import { rulebookIdentity } from '../../../shared/domain/rules/citation.ts';
import { parseOptions, type ReplayOptions, USAGE } from './options.ts';
import { type Entry, listTrail, readTrail } from './read-trail.ts';
import {
  askedOf,
  type Difference,
  decisionText,
  type Replay,
  type ReplayedPerspective,
  type ReplayedQuorum,
  replayDecision,
} from './replay-decision.ts';

/** Where a command reads and writes. */
export interface Streams {
  readonly stdin: AsyncIterable<Buffer>;
  out(text: string): void;
  error(text: string): void;
}

/** The records of one attempt, as far as they were read. */
interface Attempt {
  readonly perspectives: Map<string, ReplayedPerspective>;
  quorum: ReplayedQuorum | null;
}

interface Tally {
  decisions: number;
  differing: number;
  problems: number;
  otherRulebooks: number;
}

/** The whole command; its exit status. */
export async function runReplay(argv: readonly string[], streams: Streams): Promise<number> {
  if (argv.includes('--help')) {
    streams.out(USAGE);
    return 0;
  }
  try {
    const options = parseOptions(argv);
    const files: string[] = [];
    for (const path of options.trail) files.push(...(await listTrail(path)));
    return await replayFiles(options, files, streams);
  } catch (error) {
    streams.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
}

async function replayFiles(
  options: ReplayOptions,
  files: readonly string[],
  streams: Streams,
): Promise<number> {
  const open = new Map<string, Attempt>();
  const done = new Map<string, string>();
  const tally: Tally = { decisions: 0, differing: 0, problems: 0, otherRulebooks: 0 };

  for (const file of files) {
    for await (const entry of readTrail(file, streams.stdin))
      take(entry, options, { open, done, tally, streams });
  }
  for (const { quorum, perspectives } of open.values()) {
    if (quorum !== null)
      report(quorum, replayDecision(quorum, perspectives, options.asOf), options, tally, streams);
  }
  return summarise(options, tally, streams);
}

interface Reading {
  readonly open: Map<string, Attempt>;
  /** What was decided, by attempt. */
  readonly done: Map<string, string>;
  readonly tally: Tally;
  readonly streams: Streams;
}

function take(entry: Entry, options: ReplayOptions, { open, done, tally, streams }: Reading): void {
  const mpicId = entry.kind === 'problem' ? entry.mpicId : entry.record.mpic_id;
  // A place that cannot be read may have held what was asked for.
  if (options.id !== null && mpicId !== null && mpicId !== options.id) return;
  if (entry.kind === 'problem') {
    tally.problems += 1;
    streams.error(`${escapeUnseen(entry.place)}: ${entry.problem}\n`);
    return;
  }

  const key = `${entry.record.mpic_id}/${entry.record.attempt}`;
  const attempt = open.get(key) ?? { perspectives: new Map(), quorum: null };
  if (entry.kind === 'quorum') {
    const before = done.get(key) ?? (attempt.quorum === null ? null : decisionText(attempt.quorum));
    // A publication that was repeated says the same again.
    if (before !== null && before !== decisionText(entry.record)) {
      tally.problems += 1;
      streams.error(`${escapeUnseen(key)}: another record of this decision says otherwise\n`);
    }
  }
  if (done.has(key)) return;
  open.set(key, attempt);
  if (entry.kind === 'quorum') attempt.quorum ??= entry.record;
  else attempt.perspectives.set(entry.record.perspective, entry.record);

  const { quorum, perspectives } = attempt;
  if (quorum === null || !askedOf(quorum).every((code) => perspectives.has(code))) return;
  open.delete(key);
  done.set(key, decisionText(quorum));
  report(quorum, replayDecision(quorum, perspectives, options.asOf), options, tally, streams);
}

function report(
  quorum: ReplayedQuorum,
  replay: Replay,
  { json }: ReplayOptions,
  tally: Tally,
  streams: Streams,
): void {
  tally.decisions += 1;
  if (!replay.ok) tally.problems += 1;
  else if (replay.differences.length > 0) tally.differing += 1;
  if (quorum.rulebook?.digest !== rulebookIdentity().digest) tally.otherRulebooks += 1;
  streams.out(json ? `${toPrintableJson(toJson(quorum, replay))}\n` : toText(quorum, replay));
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
  const [id, time, identifier, votes] = [
    quorum.mpic_id,
    quorum.time,
    quorum.checked_identifier,
    quorum.quorum,
  ].map(escapeUnseen);
  const head = `${word.padEnd(7)}  ${id}/${quorum.attempt}  ${time}  ${what} of ${identifier}: ${votes} ${outcome}; rules of ${rules}\n`;
  const lines = replay.ok ? replay.differences.map(toLine) : [escapeUnseen(replay.problem)];
  return head + lines.map((line) => `         ${line}\n`).join('');
}

function toLine({ member, recorded, replayed }: Difference): string {
  return `${member}: ${toPrintableJson(recorded)} in the record, ${toPrintableJson(replayed)} replayed`;
}

function summarise({ id, asOf }: ReplayOptions, tally: Tally, { error }: Streams): number {
  const { decisions, differing, problems, otherRulebooks } = tally;
  if (decisions === 0) {
    error(
      id === null ? 'there is no decision in the trail\n' : `there is no decision of ${id} in the trail\n`,
    );
    return 1;
  }
  if (otherRulebooks > 0) {
    const { tlsBr } = rulebookIdentity();
    error(
      `${otherRulebooks} of ${decisions} decisions were made by another rulebook than that of this version (TLS BR ${tlsBr}): ` +
        'the version that made them repeats them exactly\n',
    );
  }
  error(`${decisions} decisions replayed, ${differing} differ, ${problems} problems\n`);
  return problems > 0 || (asOf === null && differing > 0) ? 1 : 0;
}
