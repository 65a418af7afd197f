import { describe, expect, it } from 'vitest';
import { ERROR_CODES, ERROR_MEANINGS, fromWireError, StippleError, toWireError, wireErrorSchema } from '../../../shared/protocol/errors.ts';

describe('errors on the wire', () => {
  it('ERR1 carry code, sentence and details there and back, for every code', () => {
    for (const code of ERROR_CODES) {
      const error = new StippleError(code, { details: { field: 'x', got: 3, list: ['a', 'b'], absent: undefined } });
      const wire = wireErrorSchema.parse(JSON.parse(JSON.stringify(toWireError(error, 'r1'))));
      expect(wire).toEqual({
        code, message: ERROR_MEANINGS[code].sentence, retryable: ERROR_MEANINGS[code].retryable, requestId: 'r1',
        details: { field: 'x', got: 3, list: ['a', 'b'] },
      });
      const back = fromWireError(wire);
      expect([back.code, back.message, back.retryable, back.details['got']]).toEqual([code, error.message, error.retryable, 3]);
    }
  });

  it('ERR1 never carry the words or the stack of a bug, nor a cause', () => {
    const bug = new TypeError('cannot read /home/someone/secret of undefined');
    expect(JSON.stringify(toWireError(bug, 'r'))).toBe(JSON.stringify({ code: 'INTERNAL', message: ERROR_MEANINGS.INTERNAL.sentence, retryable: true, requestId: 'r' }));
    expect(JSON.stringify(toWireError(new StippleError('ROOM_FULL', { cause: bug }), 'r'))).not.toContain('secret');
    expect(toWireError('thrown string', 'r').code).toBe('INTERNAL');
    expect(toWireError(undefined, 'r').code).toBe('INTERNAL');
  });

  it('ERR2 of a newer server keep their message and whether to retry', () => {
    const error = fromWireError({ code: 'MOON_IN_THE_WAY', message: 'The moon is in the way.', retryable: true, requestId: 'r' });
    expect([error.code, error.message, error.retryable, error.details['wireCode']]).toEqual(['INTERNAL', 'The moon is in the way.', true, 'MOON_IN_THE_WAY']);
    expect(fromWireError({ code: 'toString', message: 'x', retryable: false, requestId: 'r' }).code).toBe('INTERNAL');
  });

  it('every code has a sentence that ends like one, and a status of an error', () => {
    for (const code of ERROR_CODES) {
      expect(ERROR_MEANINGS[code].sentence, code).toMatch(/^[A-Z].*\.$/);
      expect(ERROR_MEANINGS[code].httpStatus, code).toBeGreaterThanOrEqual(400);
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    }
  });
});
