import { describe, expect, test } from 'vitest';
import { readLook } from '../../../client/room/stageSettings.ts';
import { USUAL_LOOK } from '../../../client/render/stage/stageLook.ts';

describe('kept settings of the stage', () => {
  test('what was kept is there again', () => {
    const look = { arrangement: 'grid', scene: 'plain', plainColor: '#123abc', followSpeaker: false };
    expect(readLook(JSON.stringify(look))).toEqual(look);
  });

  test.each([null, '', 'no JSON', '[]', '7', '{"scene":"attic"}', '{"plainColor":"red","arrangement":3}'])('of what is kept as %s each unknown part is as usual', (text) => {
    expect(readLook(text)).toEqual(USUAL_LOOK);
  });

  test('an unknown part leaves the others', () => {
    expect(readLook('{"scene":"attic","followSpeaker":false}')).toEqual({ ...USUAL_LOOK, followSpeaker: false });
  });
});
