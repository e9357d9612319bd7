import * as z from 'zod';

/** The parts of the answers that are judged; docs/api.md has them all. Other members are left unread. */

const word = z.string().max(300);

const perspectiveItem = z.object({
  perspective_code: word,
  check_response: z.object({
    check_completed: z.boolean(),
    check_passed: z.boolean(),
    errors: z.array(z.object({ error_type: word })).nullable(),
    details: z.object({ reason: word.optional() }),
  }),
});

export const mpicResponseSchema = z.object({
  mpic_id: word,
  mpic_completed: z.boolean(),
  is_valid: z.boolean(),
  check_type: word,
  domain_or_ip_target: word,
  perspectives: z.array(perspectiveItem).min(1).max(64),
  baseline_requirements: z.object({ satisfied: z.boolean(), quorum: word, reasons: z.array(word) }),
});

export type MpicAnswer = z.infer<typeof mpicResponseSchema>;

export const acceptedSchema = z.object({ mpic_id: word, status: z.enum(['running', 'completed']) });

export const jobViewSchema = z.object({
  mpic_id: word,
  status: z.enum(['running', 'completed']),
  progress: z.object({ expected: z.int(), received: z.int() }),
  response: mpicResponseSchema.nullable(),
});

export type JobAnswer = z.infer<typeof jobViewSchema>;

export const healthSchema = z.object({ status: z.literal('healthy') });

export const perspectivesSchema = z.object({
  shared_host: z.boolean(),
  perspectives: z.array(z.object({ code: word, rir: word })).max(64),
});

/** An error of the service names a code; one of the gateway in front of it has only a message. */
export const refusalSchema = z.union([z.object({ error: word }), z.object({ message: word })]);

export const problemSchema = z.object({ error: word });
