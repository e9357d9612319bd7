import { type DomainName, nameKey } from '../../../shared/adapters/dns/message/names.ts';
import { TYPE } from '../../../shared/adapters/dns/message/protocol.ts';
import { parseLabName } from './lab-name.ts';
import { encodeLabRdata, labTypeNumber } from './lab-rdata.ts';

/** One record set as it is written down: plain data, so that it can go to another process as JSON. */
export interface LabRecord {
  /** Presentation format; a leftmost `*` makes a wildcard (RFC 4592). */
  readonly name: string;
  /** `CAA`, `TXT`, ... or `TYPE65`. */
  readonly type: string;
  /** One RDATA each, in presentation format or as `\# length hex`. Empty: in an override, takes the set away. */
  readonly values: readonly string[];
  /** Seconds; default 300. */
  readonly ttl?: number;
}

export interface LabSet {
  readonly owner: DomainName;
  readonly type: number;
  readonly ttl: number;
  readonly rdata: readonly Buffer[];
  /** For CNAME and DNAME: where it leads. */
  readonly target: DomainName | null;
}

/** Record sets by name and type, and every name that exists, those in between included (RFC 8020). */
export interface Zone {
  readonly nodes: ReadonlyMap<string, ReadonlyMap<number, LabSet>>;
  readonly existing: ReadonlySet<string>;
}

const DEFAULT_TTL = 300;

/** @throws Error for a record that cannot be written to the wire. */
export function buildZone(records: readonly LabRecord[]): Zone {
  const nodes = new Map<string, Map<number, LabSet>>();
  const existing = new Set<string>([nameKey([])]);
  for (const record of records) {
    const set = buildSet(record);
    if (set.rdata.length === 0) continue;
    const key = nameKey(set.owner);
    const node = nodes.get(key) ?? new Map<number, LabSet>();
    const earlier = node.get(set.type);
    node.set(set.type, earlier ? { ...earlier, rdata: [...earlier.rdata, ...set.rdata] } : set);
    nodes.set(key, node);
    for (let depth = 0; depth < set.owner.length; depth++) existing.add(nameKey(set.owner.slice(depth)));
  }
  return { nodes, existing };
}

function buildSet({ name, type, values, ttl = DEFAULT_TTL }: LabRecord): LabSet {
  const number = labTypeNumber(type);
  const alias = number === TYPE.CNAME || number === TYPE.DNAME;
  const [first] = values;
  return {
    owner: parseLabName(name),
    type: number,
    ttl,
    rdata: values.map((value) => encodeLabRdata(number, value)),
    target: alias && first !== undefined && !first.startsWith('\\#') ? parseLabName(first) : null,
  };
}

/**
 * Read a table of records, one a line: `name [ttl] TYPE value`. Lines that are empty or begin with `;` say nothing.
 *
 * @throws Error naming the line that cannot be read.
 */
export function parseZoneText(text: string): LabRecord[] {
  return text.split('\n').flatMap((line) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith(';')) return [];
    const match = /^(\S+)\s+(?:(\d+)\s+)?([A-Za-z]\w*)\s+(.+)$/.exec(trimmed);
    if (!match) throw new Error(`not a record: ${trimmed}`);
    const [, name = '', ttl, type = '', value = ''] = match;
    return [{ name, type, values: [value], ...(ttl === undefined ? {} : { ttl: Number(ttl) }) }];
  });
}

/**
 * `base` as changed by `overrides`: a set in `overrides` replaces the sets of its name and type. A name has either a CNAME
 * or other records, so one displaces the other.
 */
export function overrideRecords(base: readonly LabRecord[], overrides: readonly LabRecord[]): LabRecord[] {
  const kept = base.filter((record) => !overrides.some((override) => displaces(override, record)));
  return [...kept, ...overrides];
}

function displaces(override: LabRecord, record: LabRecord): boolean {
  if (nameKey(parseLabName(override.name)) !== nameKey(parseLabName(record.name))) return false;
  const types = [labTypeNumber(override.type), labTypeNumber(record.type)];
  return types[0] === types[1] || (types.includes(TYPE.CNAME) && override.values.length > 0);
}
