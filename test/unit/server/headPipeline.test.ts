import { describe, expect, it } from 'vitest';
import { usableGenerator } from '../../../server/avatar/headPipeline.ts';
import { StippleError } from '../../../shared/protocol/errors.ts';
import { GENERATOR_NAMES } from '../../../server/generator/generatorNames.ts';

describe('which generator makes heads', () => {
  it('is the wanted one where it can be loaded', async () => {
    for (const name of GENERATOR_NAMES) expect(await usableGenerator(name, async () => {})).toEqual({ generator: name, fallback: undefined });
  });

  it('is the template generator where the wanted one\'s files are missing, and it is said why', async () => {
    const missing = new StippleError('MODEL_MISSING');
    const refuse = async (name: string): Promise<void> => { if (name !== 'template') throw missing; };
    for (const name of GENERATOR_NAMES.filter((other) => other !== 'template')) {
      expect(await usableGenerator(name, refuse)).toEqual({ generator: 'template', fallback: missing });
    }
  });

  it('hides no bug, and no fault of the template generator itself', async () => {
    const failing = async (): Promise<void> => { throw new TypeError('bug'); };
    for (const name of GENERATOR_NAMES) await expect(usableGenerator(name, failing)).rejects.toThrow('bug');
    await expect(usableGenerator('template', async () => { throw new StippleError('RIG_INVALID'); })).rejects.toMatchObject({ code: 'RIG_INVALID' });
    await expect(usableGenerator('another', async () => {})).rejects.toThrow('expected a generator');
  });
});
