import { coloursFor } from '../../../shared/adapters/system/colours.ts';
import {
  type ExplanationBody,
  type MpicClient,
  MpicClientError,
  type MpicResponse,
} from '../../../shared/client/index.ts';
import { escapeControls } from '../../../shared/domain/net/quote.ts';
import { MS_PER_SECOND } from './connection.ts';
import { show } from './show.ts';

type ExplainedCause = ExplanationBody['causes'][number];

const pc = coloursFor(process.stdout);

/** Bounds of what one command shows; a service may send anything. */
const MAX_CAUSES = 10;
const MAX_LINES = 12;
const MAX_TEXT = 2_000;
const MAX_CODES = 12;
const TIMEOUT_MS = 5 * MS_PER_SECOND;

const SURENESS: Readonly<Record<ExplainedCause['sure'], string>> = {
  certain: 'the evidence says so',
  likely: 'likely',
  possible: 'possible; another cause fits as well',
};

/** A sentence of the service, in which texts from the network are quoted already. */
function sentence(text: string): string {
  return escapeControls(text.slice(0, MAX_TEXT));
}

/** All causes with their evidence, the most likely one first. */
export function renderExplanation({ note, causes }: ExplanationBody): string {
  const lines = [
    ...(note === null ? [] : [sentence(note)]),
    ...(causes.length === 0 ? ['Nothing to explain: what has answered corroborates.'] : []),
    ...causes
      .slice(0, MAX_CAUSES)
      .flatMap((cause, index) => [
        ...renderCause(cause, `${index + 1}. `),
        ...cause.evidence.slice(0, MAX_LINES).map(renderLine),
      ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The most likely cause, for below a verdict; empty if there is none. */
export function renderFirstCause({ causes: [first] }: ExplanationBody): string {
  if (first === undefined) return '';
  return `${[...renderCause(first, 'why: '), 'mpic explain shows the evidence'].join('\n')}\n`;
}

function renderCause(cause: ExplainedCause, lead: string): readonly string[] {
  return [
    `${lead}${pc.bold(sentence(cause.text))}`,
    `   ${cause.cause} (${SURENESS[cause.sure]}); ${describeExtent(cause)}`,
    ...(cause.applicant === null ? [] : [`   applicant: ${sentence(cause.applicant)}`]),
    ...(cause.ca === null ? [] : [`   CA: ${sentence(cause.ca)}`]),
  ];
}

function describeExtent({ extent, perspectives }: ExplainedCause): string {
  if (perspectives.length === 0) return 'about the verdict';
  const codes = perspectives.slice(0, MAX_CODES).map((code) => show(code, 63));
  const more = perspectives.length > MAX_CODES ? ` and ${perspectives.length - MAX_CODES} more` : '';
  const who = { all: 'all perspectives', majority: 'the majority', minority: 'a minority' }[extent];
  return `${who}: ${codes.join(', ')}${more}`;
}

function renderLine({ perspective_code: code, text }: ExplainedCause['evidence'][number]): string {
  return `   - ${code === null ? 'verdict' : show(code, 63)}: ${sentence(text)}`;
}

/** The explanation of a verdict; null from a service that has none. A verdict is shown without it all the same. */
export async function findExplanation(
  client: MpicClient,
  { mpic_id: id }: Pick<MpicResponse, 'mpic_id'>,
  signal: AbortSignal,
): Promise<ExplanationBody | null> {
  try {
    const view = await client.get(id, { explain: true, signal, timeoutMs: TIMEOUT_MS });
    return view.explanation ?? null;
  } catch (error) {
    if (error instanceof MpicClientError) return null;
    throw error;
  }
}
