import { checkErrorCodec, detailsCodec, nameObservationCodec } from '../evidence/details.ts';
import { caaParametersCodec, dcvParametersCodec } from '../evidence/parameters.ts';

/**
 * Members that the first version wrote with the names of the code: what each is now. It had no `schema_version`, and its other
 * members are those of now.
 */
const FORMER_MEMBERS: ReadonlyMap<string, Encode> = new Map<string, Encode>([
  ['adn_lookups', eachOf(nameObservationCodec.encode as Encode)],
  ['details', detailsCodec.encode as Encode],
  ['errors', eachOf(checkErrorCodec.encode as Encode)],
  [
    'parameters',
    (value) =>
      typeof value === 'object' && value !== null && 'method' in value
        ? (dcvParametersCodec.encode as Encode)(value)
        : (caaParametersCodec.encode as Encode)(value),
  ],
]);

/** What is encoded has come from a file: an encoder checks nothing, and passes on what it does not know. */
type Encode = (value: unknown) => unknown;

function eachOf(encode: Encode): Encode {
  return (value) => (Array.isArray(value) ? value.map(encode) : value);
}

/** A parsed line of an audit trail of any version, in the form of the version of now; nothing of it is checked. */
export function upgradeAuditRecord(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'schema_version' in value) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, FORMER_MEMBERS.get(name)?.(member) ?? member]),
  );
}
