// Proves that a mediasoup worker works here: a real WebRTC peer connects to it (ICE, DTLS, SCTP) and a message sent on
// its data channel comes out of the router. `createWorker` alone is no proof: a worker built against another OpenSSL
// starts well and dies in the first DTLS handshake.
//   node smokeTest.mjs WORKER
// Exits 0 when the message arrived. Where node-datachannel is not installed (a production install), starting the
// worker and making a transport has to do.
import { createWorker } from 'mediasoup';

const workerBin = process.argv[2];
const giveUp = setTimeout(() => fail('no message came through within 15 s'), 15_000);

/** @param {string} reason */
function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

async function loadPeer() {
  try {
    return (await import('node-datachannel')).default;
  } catch {
    return undefined;
  }
}

const worker = await createWorker({ ...(workerBin && { workerBin }), logLevel: 'none' });
worker.on('died', (error) => fail(`the worker died: ${error.message}`));
const router = await worker.createRouter();
const transport = await router.createWebRtcTransport({
  listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
  enableSctp: true,
});
const peerLibrary = await loadPeer();
if (peerLibrary) {
  const { iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport;
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  const offer = [
    'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=ice-lite',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'c=IN IP4 127.0.0.1', 'a=mid:0',
    `a=ice-ufrag:${iceParameters.usernameFragment}`, `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint?.value}`, 'a=setup:actpass',
    'a=sctp-port:5000', `a=max-message-size:${sctpParameters?.maxMessageSize}`,
    ...iceCandidates.map(({ foundation, priority, address, port }) =>
      `a=candidate:${foundation} 1 udp ${priority} ${address} ${port} typ host`),
    'a=end-of-candidates', '',
  ].join('\r\n');
  const producer = await (async () => {
    const peer = new peerLibrary.PeerConnection('smoke', { iceServers: [] });
    const answer = new Promise((settle) => peer.onLocalDescription((sdp) => settle(String(sdp))));
    peer.setRemoteDescription(offer, 'offer');
    const match = /a=fingerprint:sha-256 (\S+)/i.exec(await answer);
    if (!match?.[1]) throw new Error('the peer gave no DTLS fingerprint');
    await transport.connect({ dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: match[1] }] } });
    const channel = peer.createDataChannel('pose', { negotiated: true, id: 1, unordered: true, maxRetransmits: 0 });
    // Lossy: keep sending until one message has come through.
    channel.onOpen(() => setInterval(() => channel.sendMessage('stipple'), 50));
    return { peer, channel };
  })();
  const direct = await router.createDirectTransport();
  const dataProducer = await transport.produceData({ sctpStreamParameters: { streamId: 1, ordered: false, maxRetransmits: 1 } });
  const consumer = await direct.consumeData({ dataProducerId: dataProducer.id });
  await new Promise((settle) => consumer.on('message', (message) => {
    if (message.toString() === 'stipple') settle(undefined);
  }));
  void producer;
}
clearTimeout(giveUp);
process.exit(0);
