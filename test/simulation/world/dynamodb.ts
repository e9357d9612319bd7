import {
  ConditionalCheckFailedException,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { READ_OPTIONS } from '../../../shared/adapters/aws/documents.ts';
import {
  MAX_ITEM_BYTES,
  REQUESTS_KEY,
  RESULTS_KEY,
  type TableNames,
} from '../../../shared/contract/deployment/tables.ts';
import type { Random } from '../../support/random.ts';
import type { VirtualTime } from '../../support/virtual-clock.ts';
import type { CallFate } from '../plan.ts';
import type { Answer, Network, Site } from './network.ts';
import type { SimProcess } from './process.ts';

export type Item = Readonly<Record<string, unknown>>;

interface Version {
  readonly at: number;
  readonly item: Item;
}

/** A write to an item. */
export interface ItemWrite {
  readonly table: 'requests' | 'results';
  readonly key: string;
  readonly item: Item;
  readonly before: Item | null;
  readonly at: number;
  readonly by: SimProcess;
}

/** Maximum lag of a read that is not strongly consistent. */
const LONGEST_LAG_MS = 4000;
const SHARE_OF_LAGGING_READS = 0.6;
const VERSIONS_KEPT = 8;

export const TABLES: TableNames = { requests: 'requests', results: 'results' };

/** Both tables in memory. Supports the commands that our adapters use and rejects all others. */
export class SimDynamoDb {
  readonly #time: VirtualTime;
  readonly #network: Network;
  readonly #lag: Random;
  readonly #onWrite: (write: ItemWrite) => void;
  readonly #items = { requests: new Map<string, Version[]>(), results: new Map<string, Version[]>() };

  constructor(time: VirtualTime, network: Network, onWrite: (write: ItemWrite) => void) {
    this.#time = time;
    this.#network = network;
    this.#lag = network.stream('lag');
    this.#onWrite = onWrite;
  }

  /** The client of one process. */
  connect(process: SimProcess): DynamoDBDocumentClient {
    const send = (command: unknown) => {
      const request = this.#readCommand(command, process);
      return this.#network.call(process, request.site, request.effect);
    };
    return { send, destroy() {}, config: {} } as unknown as DynamoDBDocumentClient;
  }

  /** Writes without a client in between, as anyone with the role's permissions can. */
  put(table: 'requests' | 'results', item: Item, process: SimProcess): void {
    this.#write(table, keyOf(table, item), item, process);
  }

  current(table: 'requests' | 'results', key: string): Item | undefined {
    return this.#items[table].get(key)?.at(-1)?.item;
  }

  #readCommand(
    command: unknown,
    process: SimProcess,
  ): { readonly site: Site; readonly effect: (fate: CallFate | null) => Answer<unknown> } {
    if (command instanceof GetCommand) {
      const { TableName, Key, ConsistentRead } = command.input;
      const table = tableOf(TableName);
      const key = keyOf(table, Key ?? {});
      return {
        site: { dependency: table, operation: 'GetItem', about: key },
        effect: () => {
          const item = this.#read(table, key, ConsistentRead === true);
          return { value: item === undefined ? {} : { Item: item } };
        },
      };
    }
    if (command instanceof BatchGetCommand) return this.#batchGet(command.input);
    if (command instanceof PutCommand) return this.#put(command.input, process);
    if (command instanceof PutItemCommand) return this.#put(toDocument(command.input), process);
    if (command instanceof UpdateCommand) return this.#update(command.input, process);
    throw new Error('the simulated DynamoDB does not know this command');
  }

  #batchGet({ RequestItems = {} }: BatchGetCommandInput) {
    const wanted = Object.entries(RequestItems).flatMap(([name, { Keys = [], ConsistentRead }]) => {
      const table = tableOf(name);
      return Keys.map((key) => ({
        name,
        table,
        key,
        id: keyOf(table, key),
        isStrong: ConsistentRead === true,
      }));
    });
    if (wanted.length > 100) throw new Error('ValidationException: too many keys');
    if (new Set(wanted.map(({ table, id }) => `${table} ${id}`)).size < wanted.length)
      throw new Error('ValidationException: duplicate key');
    const hasRequests = wanted.some(({ table }) => table === 'requests');
    return {
      site: {
        dependency: hasRequests ? 'requests' : 'results',
        operation: 'BatchGetItem',
        about: wanted[0]?.id ?? '',
      },
      effect: (fate: CallFate | null): Answer<unknown> => {
        const isUndone = () => fate === 'partial' && this.#lag.chance(0.5);
        const responses: Record<string, Item[]> = {};
        const undone: Record<string, { Keys: Item[]; ConsistentRead: boolean }> = {};
        for (const { name, table, key, id, isStrong } of wanted) {
          if (isUndone()) {
            undone[name] ??= { Keys: [], ConsistentRead: isStrong };
            undone[name].Keys.push(key);
            continue;
          }
          const item = this.#read(table, id, isStrong);
          if (item === undefined) continue;
          responses[name] ??= [];
          responses[name].push(item);
        }
        return { value: { Responses: responses, UnprocessedKeys: undone } };
      },
    };
  }

  #put({ TableName, Item: item = {}, ...condition }: PutCommandInput, process: SimProcess) {
    const table = tableOf(TableName);
    const key = keyOf(table, item);
    return {
      site: { dependency: table, operation: 'PutItem', about: key },
      effect: (): Answer<unknown> => {
        if (!holds(this.current(table, key), condition)) return { refuse: conditionFailed };
        this.#write(table, key, item, process);
        return { value: {} };
      },
    };
  }

  #update(input: UpdateCommandInput, process: SimProcess) {
    const table = tableOf(input.TableName);
    const key = keyOf(table, input.Key ?? {});
    return {
      site: { dependency: table, operation: `UpdateItem${kindOf(input)}`, about: key },
      effect: (): Answer<unknown> => {
        const before = this.current(table, key);
        if (!holds(before, input)) return { refuse: conditionFailed };
        this.#write(table, key, applyUpdate(before ?? input.Key ?? {}, input), process);
        return { value: {} };
      },
    };
  }

  #read(table: 'requests' | 'results', key: string, isStrong: boolean): Item | undefined {
    const versions = this.#items[table].get(key);
    if (isStrong || !this.#lag.chance(SHARE_OF_LAGGING_READS)) return versions?.at(-1)?.item;
    const asOf = this.#time.elapsed - this.#lag.next() * LONGEST_LAG_MS;
    return versions?.findLast(({ at }) => at <= asOf)?.item;
  }

  #write(table: 'requests' | 'results', key: string, item: Item, by: SimProcess): void {
    const versions = this.#items[table].get(key) ?? [];
    const before = versions.at(-1)?.item ?? null;
    const at = this.#time.elapsed;
    versions.push({ at, item });
    if (versions.length > VERSIONS_KEPT) versions.shift();
    this.#items[table].set(key, versions);
    if (JSON.stringify(item).length > MAX_ITEM_BYTES) throw new Error(`an item of ${table} is too large`);
    this.#onWrite({ table, key, item, before, at, by });
  }
}

/** The item that a perspective's plain client puts, as it is read. */
function toDocument(input: PutItemCommandInput): PutCommandInput {
  return { ...input, Item: unmarshall(input.Item ?? {}, READ_OPTIONS), ExpressionAttributeValues: undefined };
}

function tableOf(name: string | undefined): 'requests' | 'results' {
  if (name === TABLES.requests || name === TABLES.results) return name as 'requests' | 'results';
  throw new Error(`no table ${name}`);
}

function keyOf(table: 'requests' | 'results', item: Item): string {
  if (table === 'requests') return String(item[REQUESTS_KEY.partition] ?? '');
  return `${item[RESULTS_KEY.partition] ?? ''}#${item[RESULTS_KEY.sort] ?? ''}`;
}

/** The purpose of an update of a request, so that a fault can name it. */
function kindOf({ UpdateExpression = '', ExpressionAttributeValues = {} }: UpdateCommandInput): string {
  if (':completed' in ExpressionAttributeValues) return '.close';
  if (':next' in ExpressionAttributeValues) return '.advance';
  return UpdateExpression.includes('#published') ? '.publish' : '';
}

function conditionFailed(tries: number): Error {
  return new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: { attempts: tries },
  });
}

interface Expressions {
  readonly ConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

/** Evaluates the kinds of conditions that our adapters use, joined by AND. */
function holds(item: Item | undefined, expressions: Expressions): boolean {
  const { ConditionExpression: text } = expressions;
  return text === undefined || text.split(' AND ').every((term) => termHolds(item, term.trim(), expressions));
}

function termHolds(item: Item | undefined, term: string, expressions: Expressions): boolean {
  const [, call, name] = /^(attribute_exists|attribute_not_exists)\((#?\w+)\)$/.exec(term) ?? [];
  if (call !== undefined && name !== undefined) {
    const isThere = item?.[nameOf(name, expressions)] !== undefined;
    return call === 'attribute_exists' ? isThere : !isThere;
  }
  const [, left, right] = /^(#?\w+) = (:\w+)$/.exec(term) ?? [];
  if (left === undefined || right === undefined) throw new Error(`ValidationException: condition ${term}`);
  const value = item?.[nameOf(left, expressions)];
  return value !== undefined && JSON.stringify(value) === JSON.stringify(valueNamed(right, expressions));
}

function applyUpdate(before: Item, expressions: Expressions): Item {
  const text = expressions.UpdateExpression ?? '';
  if (!text.startsWith('SET ')) throw new Error(`ValidationException: update ${text}`);
  const after: Record<string, unknown> = { ...before };
  for (const action of text.slice('SET '.length).split(/,\s(?![^(]*\))/)) {
    const [, name, rest] = /^(#?\w+) = (.+)$/.exec(action.trim()) ?? [];
    if (name === undefined || rest === undefined) throw new Error(`ValidationException: action ${action}`);
    after[nameOf(name, expressions)] = operand(rest, before, expressions);
  }
  return after;
}

function operand(text: string, before: Item, expressions: Expressions): unknown {
  const [, name, added] = /^list_append\((#?\w+), (:\w+)\)$/.exec(text) ?? [];
  if (name === undefined || added === undefined) return valueNamed(text, expressions);
  const [list, more] = [before[nameOf(name, expressions)], valueNamed(added, expressions)];
  if (!Array.isArray(list) || !Array.isArray(more))
    throw new Error('ValidationException: no list to append to');
  return [...list, ...more];
}

function nameOf(text: string, { ExpressionAttributeNames = {} }: Expressions): string {
  if (!text.startsWith('#')) return text;
  const name = ExpressionAttributeNames[text];
  if (name === undefined) throw new Error(`ValidationException: name ${text}`);
  return name;
}

function valueNamed(text: string, { ExpressionAttributeValues = {} }: Expressions): unknown {
  const value = ExpressionAttributeValues[text];
  if (value === undefined) throw new Error(`ValidationException: value ${text}`);
  return value;
}
