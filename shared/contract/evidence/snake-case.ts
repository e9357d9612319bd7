import * as z from 'zod';

/** Names in JSON of members whose name there is not the snake_case form of that in the code. */
type Exceptions = Readonly<Record<string, string>>;

type SnakeCase<Name extends string> = Name extends `${infer Head}${infer Rest}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Rest>}`
  : Name;

type WireName<Name, Names> = Name extends keyof Names
  ? Extract<Names[Name], string>
  : Name extends string
    ? SnakeCase<Name>
    : never;

/** A value of the domain as JSON has it; maps, whose keys are data, stay as they are. */
export type Wire<Value, Names> = Value extends readonly (infer Item)[]
  ? readonly Wire<Item, Names>[]
  : Value extends object
    ? string extends keyof Value
      ? Value
      : { readonly [Name in keyof Value as WireName<Name, Names>]: Wire<Value[Name], Names> }
    : Value;

type WireMember<Member, Names> =
  Member extends z.ZodOptional<infer Inner>
    ? z.ZodOptional<WireMember<Inner, Names>>
    : z.ZodType<Wire<z.output<Member>, Names>>;

type WireSchema<Schema extends z.ZodType, Names> =
  Schema extends z.ZodObject<infer Shape>
    ? z.ZodObject<{ [Name in keyof Shape as WireName<Name, Names>]: WireMember<Shape[Name], Names> }>
    : z.ZodType<Wire<z.output<Schema>, Names>>;

/** How values of one schema of the domain are written in JSON, and read from there. */
export interface SnakeCaseCodec<Schema extends z.ZodType, Names extends Exceptions> {
  /** Of what is written. Unknown members are dropped. */
  readonly schema: WireSchema<Schema, Names>;
  /** Members in the order of the schema; members that it does not have are left out. Nothing is checked. */
  encode(value: z.output<Schema>): Wire<z.output<Schema>, Names>;
  decode(wire: Wire<z.output<Schema>, Names>): z.output<Schema>;
}

/** Only objects that `schema` describes are renamed: keys of a record are data. */
export function snakeCase<Schema extends z.ZodType, const Names extends Exceptions>(
  schema: Schema,
  names: Names,
): SnakeCaseCodec<Schema, Names> {
  const nameOf = (name: string) => names[name] ?? toSnakeCase(name);
  return {
    schema: mirror(schema, nameOf) as WireSchema<Schema, Names>,
    encode: (value) => rename(schema, value, nameOf, 'encode') as Wire<z.output<Schema>, Names>,
    decode: (wire) => rename(schema, wire, nameOf, 'decode') as z.output<Schema>,
  };
}

/** The members of `source` that `schema` has, in the order of the schema. */
export function pickMembers<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  source: z.output<z.ZodObject<Shape>>,
): z.output<z.ZodObject<Shape>> {
  const members = new Map<string, unknown>(Object.entries(source));
  const known = Object.keys(schema.shape).filter((name) => members.get(name) !== undefined);
  return Object.fromEntries(known.map((name) => [name, members.get(name)])) as z.output<z.ZodObject<Shape>>;
}

type NameOf = (name: string) => string;

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What surrounds a schema without changing the form of its values. */
type Wrapper =
  | z.ZodOptional<z.ZodType>
  | z.ZodNullable<z.ZodType>
  | z.ZodDefault<z.ZodType>
  | z.ZodReadonly<z.ZodType>;

function isWrapper(schema: z.ZodType): schema is Wrapper {
  return [z.ZodOptional, z.ZodNullable, z.ZodDefault, z.ZodReadonly].some((kind) => schema instanceof kind);
}

/** The schema of the same values with other names. */
function mirror(schema: z.ZodType, nameOf: NameOf): z.ZodType {
  if (isWrapper(schema)) {
    const { def } = schema as z.ZodReadonly<z.ZodType>;
    return (schema as z.ZodReadonly<z.ZodType>).clone({ ...def, innerType: mirror(def.innerType, nameOf) });
  }
  if (schema instanceof z.ZodArray) {
    const { def } = schema as z.ZodArray<z.ZodType>;
    return schema.clone({ ...def, element: mirror(def.element, nameOf) });
  }
  if (schema instanceof z.ZodObject) {
    const members = Object.entries<z.ZodType>(schema.shape);
    return z.object(
      Object.fromEntries(members.map(([name, member]) => [nameOf(name), mirror(member, nameOf)])),
    );
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { def } = schema as unknown as z.ZodDiscriminatedUnion<readonly z.ZodObject[]>;
    const options = def.options.map((option) => mirror(option, nameOf) as z.ZodObject);
    return z.discriminatedUnion(nameOf(def.discriminator), options as [z.ZodObject, ...z.ZodObject[]]);
  }
  if (schema instanceof z.ZodUnion) {
    // A transformation reads what a former version wrote, and nothing writes that any more.
    const options = (schema.options as z.ZodType[]).filter((option) => !(option instanceof z.ZodPipe));
    return options.length === 1 && options[0] !== undefined ? options[0] : z.union(options);
  }
  return schema;
}

function rename(schema: z.ZodType, value: unknown, nameOf: NameOf, direction: 'encode' | 'decode'): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isWrapper(schema)) return rename(schema.def.innerType, value, nameOf, direction);
  if (schema instanceof z.ZodArray) {
    const { element } = schema as z.ZodArray<z.ZodType>;
    return Array.isArray(value) ? value.map((item) => rename(element, item, nameOf, direction)) : value;
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { def } = schema as unknown as z.ZodDiscriminatedUnion<readonly z.ZodObject[]>;
    const tagName = direction === 'encode' ? def.discriminator : nameOf(def.discriminator);
    const tag: unknown = Reflect.get(value, tagName);
    const option = def.options.find(({ shape }) => z.safeParse(shape[def.discriminator], tag).success);
    return option === undefined ? value : rename(option, value, nameOf, direction);
  }
  if (!(schema instanceof z.ZodObject)) return value;
  const members = Object.entries<z.ZodType>(schema.shape).flatMap(([name, member]) => {
    const [from, to] = direction === 'encode' ? [name, nameOf(name)] : [nameOf(name), name];
    const found: unknown = Object.hasOwn(value, from) ? Reflect.get(value, from) : undefined;
    return found === undefined ? [] : [[to, rename(member, found, nameOf, direction)]];
  });
  return Object.fromEntries(members);
}
