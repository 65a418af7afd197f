import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import { DEFAULT_GENERATOR, GENERATOR_NAMES } from '../../../server/generator/generatorNames.ts';
import { StippleError } from '../../../shared/protocol/errors.ts';

const projectFile = (name: string): string => readFileSync(join(import.meta.dirname, '..', '..', '..', name), 'utf8');

describe('readConfig', () => {
  it('has a default for everything', () => {
    const config = readConfig({});
    expect([config.port, config.host, config.sfu.announcedAddress, config.sfu.rtcPort]).toEqual([3000, '0.0.0.0', undefined, undefined]);
    expect(config.sfu.workers).toBeGreaterThan(0);
  });

  it('knows which generator is wanted', () => {
    expect(readConfig({}).jobs.generator).toBe(DEFAULT_GENERATOR);
    for (const name of GENERATOR_NAMES) expect(readConfig({ STIPPLE_GENERATOR: name }).jobs.generator).toBe(name);
  });

  it('takes empty variables for unset, and STIPPLE_PORT before PORT', () => {
    expect(readConfig({ PORT: '', STIPPLE_ANNOUNCED_ADDRESS: '' }).port).toBe(3000);
    expect(readConfig({ PORT: '4000', STIPPLE_PORT: '5000' }).port).toBe(5000);
  });

  it.each([
    ['PORT', 'http'], ['PORT', '65536'], ['PORT', '-1'], ['PORT', '3.5'], ['STIPPLE_WORKERS', '0'], ['STIPPLE_RTC_PORT', '0'],
    ['STIPPLE_MAX_PARTICIPANTS', 'many'], ['STIPPLE_TRUST_PROXY', 'maybe'], ['LOG_LEVEL', 'loud'], ['STIPPLE_SECRET', 'short'],
    ['STIPPLE_GENERATOR', 'magic'],
  ])('names the variable that is wrong: %s=%s', (name, value) => {
    try {
      readConfig({ [name]: value });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(StippleError);
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { field: name } });
      // A secret must not end up on a terminal.
      expect((error as Error).message).not.toContain('short');
    }
  });

  it('knows every variable that the container files set', () => {
    const known = projectFile('server/config.ts');
    const set = [projectFile('Dockerfile'), projectFile('docker-compose.yml')].join('\n').match(/\bSTIPPLE_[A-Z_]+/g) ?? [];
    // The port on the host is docker-compose's own business.
    expect([...new Set(set)].filter((name) => name !== 'STIPPLE_HTTP_PORT' && !known.includes(`  ${name}:`))).toEqual([]);
  });
});
