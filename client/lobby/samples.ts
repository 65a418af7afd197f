import { z } from 'zod';

const samplesSchema = z.array(z.object({
  file: z.string().regex(/^[\w-]+\.(jpg|png|webp)$/),
  name: z.string(),
  alt: z.string(),
}));
/** An invented person that comes with the product. */
export type Sample = z.infer<typeof samplesSchema>[number];

/** The bundled sample people; none where the file is missing or unreadable, which only costs the shortcut. */
export async function loadSamples(): Promise<readonly Sample[]> {
  try {
    const response = await fetch('/samples/samples.json');
    return response.ok ? samplesSchema.parse(await response.json()) : [];
  } catch {
    return [];
  }
}

export function sampleUrl(sample: Sample): string {
  return `/samples/${sample.file}`;
}
