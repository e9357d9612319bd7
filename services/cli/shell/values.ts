import * as z from 'zod';
import { quoteInput } from '../../../shared/domain/net/quote.ts';

/** The code of an AWS region. */
export const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, {
  error: ({ input }) => `${quoteInput(String(input))} is not the code of a region, such as eu-central-1`,
});

/** A switch, which is off unless it is given. */
export const toggle = z.boolean().default(false);

/** A number from `least` to `most`. */
export function numberFrom(least: number, most: number) {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  const isWanted = (text: string) => text.trim() !== '' && Number(text) >= least && Number(text) <= most;
  return z
    .string()
    .refine(isWanted, { error: ({ input }) => `${quoteInput(String(input))} is not a number ${range}` })
    .transform(Number);
}

/** A list with commas between its items, each of which `item` accepts. */
export function listOf<Item>(item: z.ZodType<Item, string>) {
  return z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(item));
}
