import { z } from 'zod';

/** What a link does to datagrams. Rates and queues count IP and UDP headers, as a router does. */
export interface Impairment {
  /** Downlink rate; undefined: as fast as this machine. */
  readonly kilobitsPerSecond: number | undefined;
  /** What the router in front of the slow line holds before it drops the newest, bytes. */
  readonly queueBytes: number;
  /** Share of datagrams lost, each way, in [0, 100]. */
  readonly lossPercent: number;
  /** Added to every datagram, each way, ms. */
  readonly delayMs: number;
  /** A datagram is held up by anything up to this besides, each way, ms; later ones may overtake it. */
  readonly jitterMs: number;
}

/** A full second of 256 kbps: home routers hold more rather than less. */
const DEFAULT_QUEUE_BYTES = 32_000;

export const NO_IMPAIRMENT: Impairment = { kilobitsPerSecond: undefined, queueBytes: DEFAULT_QUEUE_BYTES, lossPercent: 0, delayMs: 0, jitterMs: 0 };

const wordsSchema = z.strictObject({
  rate: z.coerce.number().positive().optional(),
  queue: z.coerce.number().int().positive().optional(),
  loss: z.coerce.number().min(0).max(100).optional(),
  delay: z.coerce.number().min(0).max(10_000).optional(),
  jitter: z.coerce.number().min(0).max(10_000).optional(),
});

/**
 * Reads such as `rate=256,loss=20,jitter=300,delay=50,queue=32000`: kbps, per cent, ms, ms, bytes.
 * @throws Error naming the word that is not understood.
 */
export function parseImpairment(text: string): Impairment {
  const words = Object.fromEntries(text.split(',').filter(Boolean).map((word) => {
    const [name = '', value = 'nothing'] = word.split('=', 2);
    return [name, value];
  }));
  const parsed = wordsSchema.safeParse(words);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`impairment: expected such as rate=256,loss=20,jitter=300,delay=50,queue=32000, got ${text} (${issue?.path.join('.') ?? ''} ${issue?.message ?? ''})`);
  }
  const { rate, queue, loss, delay, jitter } = parsed.data;
  return { kilobitsPerSecond: rate, queueBytes: queue ?? DEFAULT_QUEUE_BYTES, lossPercent: loss ?? 0, delayMs: delay ?? 0, jitterMs: jitter ?? 0 };
}

/** In words, for reports. */
export function describeImpairment({ kilobitsPerSecond, queueBytes, lossPercent, delayMs, jitterMs }: Impairment): string {
  const words = [
    kilobitsPerSecond === undefined ? '' : `${kilobitsPerSecond} kbps down behind a queue of ${queueBytes} bytes`,
    lossPercent === 0 ? '' : `${lossPercent} % loss`, delayMs === 0 ? '' : `${delayMs} ms delay`, jitterMs === 0 ? '' : `${jitterMs} ms jitter`,
  ].filter(Boolean);
  return words.length === 0 ? 'none' : words.join(', ');
}
