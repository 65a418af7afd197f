import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SignalingClient } from '../support/signalingClient.ts';
import { startTestServer } from '../support/testServer.ts';
import type { TestServer } from '../support/testServer.ts';
import { voiceRtpParameters } from '../support/voicePackets.ts';

describe('PROTOCOL.md chapter VOICE', () => {
  let server: TestServer;
  const open: SignalingClient[] = [];

  /** Somebody in a room, with both transports; `speak` opens the microphone. */
  async function enter(roomId: string, displayName: string, participantToken?: string) {
    const client = await SignalingClient.open(server.url);
    open.push(client);
    const seat = await client.request('room:join', { roomId, displayName, ...(participantToken === undefined ? {} : { participantToken }) });
    await client.request('transport:create', { direction: 'receive' });
    const { transportId } = await client.request('transport:create', { direction: 'send' });
    const voice = { transportId, rtpParameters: voiceRtpParameters(4_000 + open.length), muted: false, captureToServerMs: 20 };
    return {
      client, seat, voice, id: seat.participantId,
      speak: () => client.request('voice:produce', voice),
      listen: () => client.request('voice:receive', { rtpCapabilities: seat.routerRtpCapabilities as never }),
    };
  }

  async function newRoom(): Promise<string> {
    const client = await SignalingClient.open(server.url);
    open.push(client);
    return (await client.request('room:create', {})).roomId;
  }

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  afterAll(() => server.close());

  it('VOICE1 opens one voice a connection, Opus alone, on the send transport', async () => {
    const roomId = await newRoom();
    const ada = await enter(roomId, 'Ada');
    expect(await ada.client.codeOf('voice:mute', { muted: true })).toBe('VOICE_UNKNOWN');
    expect(await ada.client.codeOf('voice:delay', { captureToServerMs: 5 })).toBe('VOICE_UNKNOWN');
    expect(await ada.client.codeOf('voice:produce', { ...ada.voice, transportId: 'another' })).toBe('TRANSPORT_UNKNOWN');
    const [codec] = ada.voice.rtpParameters.codecs;
    for (const [change, field] of [
      [{ rtpParameters: { ...ada.voice.rtpParameters, codecs: [{ ...codec, mimeType: 'video/VP8' }] } }, 'rtpParameters.codecs.0.mimeType'],
      [{ rtpParameters: { ...ada.voice.rtpParameters, encodings: [] } }, 'rtpParameters.encodings'],
      [{ captureToServerMs: -1 }, 'captureToServerMs'], [{ muted: 'no' }, 'muted'], [{ more: 1 }, 'more'],
    ] as const) {
      const reply = await ada.client.raw('voice:produce', { ...ada.voice, ...change });
      expect(reply.ok).toBe(false);
      if (!reply.ok) expect(reply.error, field).toMatchObject({ code: 'INVALID_REQUEST', details: { field } });
    }
    await ada.speak();
    expect(await ada.client.codeOf('voice:produce', ada.voice)).toBe('VOICE_EXISTS');
    await ada.client.request('voice:stop', {});
    await ada.client.request('voice:stop', {});
    await ada.speak();
  });

  it('VOICE2 announces a voice to those who said that they can hear, and its end', async () => {
    const roomId = await newRoom();
    const [ada, ben] = [await enter(roomId, 'Ada'), await enter(roomId, 'Ben')];
    await ada.listen();
    await ada.speak();
    expect(ben.client.received.some(({ name }) => name === 'voice:consumerCreated')).toBe(false);
    await ben.listen();
    const offered = await ben.client.event('voice:consumerCreated');
    expect(offered.participantId).toBe(ada.id);
    expect(offered.rtpParameters).toMatchObject({ codecs: [{ mimeType: 'audio/opus' }] });
    await ada.client.request('voice:stop', {});
    expect(await ben.client.event('voice:consumerClosed')).toEqual({ consumerId: offered.consumerId, participantId: ada.id });
    expect(ada.client.received.some(({ name }) => name === 'voice:consumerCreated')).toBe(false);
  });

  it('VOICE3 tells everyone, and those who come later, what has become of a microphone', async () => {
    const roomId = await newRoom();
    const [ada, ben] = [await enter(roomId, 'Ada'), await enter(roomId, 'Ben')];
    await ada.speak();
    await ben.client.event('voice:state', ({ voice }) => voice === 'on');
    await ada.client.request('voice:mute', { muted: true });
    await ben.client.event('voice:state', ({ voice }) => voice === 'muted');
    const cleo = await enter(roomId, 'Cleo');
    expect(cleo.seat.participants.find(({ participantId }) => participantId === ada.id)?.voice).toBe('muted');
    expect(cleo.seat.participants.find(({ participantId }) => participantId === ben.id)).not.toHaveProperty('voice');
    ada.client.drop();
    await ben.client.event('voice:state', ({ participantId, voice }) => participantId === ada.id && voice === undefined);
    const back = await enter(roomId, 'Ada', ada.seat.participantToken);
    expect(back.seat.participants.find(({ participantId }) => participantId === ada.id)).not.toHaveProperty('voice');
    await back.speak();
  });
});
