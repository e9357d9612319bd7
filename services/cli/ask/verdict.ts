import { coloursFor } from '../../../shared/adapters/system/colours.ts';
import type { MpicResponse, PerspectivesBody } from '../../../shared/client/index.ts';
import type { BaselineReason } from '../../../shared/domain/mpic/decision.ts';
import { cite } from '../../../shared/domain/rules/citation.ts';
import { rulesOfDay } from '../../../shared/domain/rules/rules.ts';
import { EXIT } from '../shell/command.ts';
import { renderTable } from '../shell/table.ts';
import { causeOf } from '../verify/explain.ts';
import { describeContacts } from './contacts-lines.ts';
import { show } from './show.ts';

/** What one perspective said, as answers and views of a request have it. */
export type Item = MpicResponse['perspectives'][number];

const pc = coloursFor(process.stdout);

const NANOSECONDS_PER_MS = 1_000_000;

/** The status of a verdict: valid, not valid, or not to be told because too many perspectives could not look. */
export function exitStatusOf({ is_valid: isValid, mpic_completed: completed }: MpicResponse): number {
  if (isValid) return EXIT.ok;
  return completed ? EXIT.no : EXIT.failed;
}

/** In a word, what a perspective's check came to. */
export function resultOf({ check_response: { check_passed: passed, check_completed: completed } }: Item) {
  if (!completed) return 'no result';
  return passed ? 'passed' : 'not passed';
}

const COLOURS = { passed: pc.green, 'not passed': pc.red, 'no result': pc.yellow };

/**
 * A verdict for people: what was asked, the table of perspectives, what they said that did not pass, and the quorum in words.
 *
 * @param places the perspectives of the service, null where they cannot be had
 */
export function renderVerdict(response: MpicResponse, places: PerspectivesBody | null): string {
  const { primary_perspective: primary, perspectives: remote } = response;
  const items = primary === undefined ? remote : [...remote, primary];
  const rows = items.map((item) => rowOf(item, response, places, item === primary));
  const lines = [
    `${describeCheck(response)}, ${response.mpic_id}`,
    renderTable(['perspective', 'region', 'RIR', 'result', 'DNSSEC', 'time', 'reason'], [5], rows),
    ...items.flatMap(describeErrors),
    ...(response.contacts === undefined ? [] : describeContacts(response.contacts)),
    describeQuorum(response),
    ...describeStanding(response),
  ];
  return `${lines.join('\n')}\n`;
}

function describeCheck(response: MpicResponse): string {
  const { check_type: type, checked_identifier: identifier, dcv_check_parameters: dcv } = response;
  const contacts = response.contacts_check_parameters?.validation_method;
  const attempts = response.actual_orchestration_parameters.attempt_count;
  const what = {
    caa: 'CAA',
    dcv: dcv?.validation_method ?? 'validation',
    contacts: `contacts for ${contacts ?? 'validation'}`,
  }[type];
  return `${what} of ${show(identifier, 253)}${attempts > 1 ? `, attempt ${attempts}` : ''}`;
}

function rowOf(
  item: Item,
  { created_at: createdAt }: MpicResponse,
  places: PerspectivesBody | null,
  isPrimary: boolean,
): readonly string[] {
  const { perspective_code: code, check_response: response } = item;
  const place = places?.perspectives.find((one) => one.code === code);
  const result = resultOf(item);
  const at = response.timestamp_ns === null ? null : response.timestamp_ns / NANOSECONDS_PER_MS;
  return [
    `${show(code, 63)}${isPrimary ? ' (primary)' : ''}`,
    show(place?.name ?? '-', 40),
    place?.rir ?? '-',
    COLOURS[result](result),
    dnssecOf(item),
    at === null ? '-' : `${Math.round(at - Date.parse(createdAt))} ms`,
    reasonOf(item),
  ];
}

/** Why, in a word; of what passed without more to say nothing. */
export function reasonOf(item: Item): string {
  const cause = causeOf(item);
  if (cause === 'passed') return '';
  return cause === 'did not pass' ? 'another value' : show(cause);
}

function dnssecOf({ check_response: { details } }: Item): string {
  return 'dnssec_status' in details ? (details.dnssec_status ?? '-') : '-';
}

/** What a perspective has to say beyond one word. */
function describeErrors({ perspective_code: code, check_response: { errors } }: Item): readonly string[] {
  return (errors ?? []).slice(0, 3).map((error) => `${show(code, 63)}: ${show(error.error_message, 200)}`);
}

/** `valid: 6 of 6 remote perspectives corroborate; at least 5 were required, in 2 RIR regions`. */
export function describeQuorum(response: MpicResponse): string {
  const { quorum, required, rules_as_of: day } = response.baseline_requirements;
  const [, got, all] = /^(\d{1,3})\/(\d{1,3})$/.exec(quorum) ?? [];
  const counted =
    got === undefined ? `a quorum of ${show(quorum)}` : `${got} of ${all} remote perspectives corroborate`;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day));
  const regions = isDay ? rulesOfDay(day).minimumRirs : 0;
  const where = regions > 1 ? `, in ${regions} RIR regions` : '';
  const { is_valid: isValid, mpic_completed: completed } = response;
  const verdict = isValid ? pc.green('valid') : completed ? pc.red('not valid') : pc.yellow('undecided');
  const why = isValid || completed ? '' : ', and too many could not complete their check';
  return `${verdict}: ${counted}${why}; at least ${required} were required${where}`;
}

const REASONS: Readonly<Record<BaselineReason, string>> = {
  'lab-network': 'special-purpose networks could be reached',
  'method-ended': 'the method may no longer be used',
  monitoring: 'a quorum of 0 was asked for',
  'primary-failed': 'the primary perspective did not pass',
  'quorum-not-met': 'fewer corroborate than the quorum',
  'shared-host': 'all perspectives ran on one machine',
  'too-few-perspectives': 'fewer were asked than the minimum of the date',
  'too-few-rirs': 'those that corroborate are in too few RIR regions',
  'too-late': 'it was decided too long after its deadline',
  'too-many-non-corroborations': 'more failed to corroborate than may',
};

/** Whether the Baseline Requirements are met and until when the verdict may be used. */
function describeStanding({
  baseline_requirements: { satisfied, reasons },
  usable_until: until,
}: MpicResponse): readonly string[] {
  const why = reasons.map((reason) => `${reason} (${REASONS[reason]})`).join(', ');
  return [
    satisfied ? `evidence under ${cite('mpic')}` : `not evidence under ${cite('mpic')}: ${why}`,
    ...(until === null ? [] : [`a certificate may be issued on it until ${until}`]),
  ];
}
