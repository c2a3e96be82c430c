'use strict';

// The page's one call. `window.call` lets a test, or a curious person, look at it.
const $ = id => document.getElementById(id);
let call = null;

$('start').onclick = () => start().catch(fail);
$('stop').onclick = () => stop();
$('chat').onsubmit = event => {
  event.preventDefault();
  const text = $('text').value;
  if (!text || call?.channel?.readyState !== 'open') return;
  call.channel.send(text);
  log('sent', text);
  $('text').value = '';
};
addEventListener('pagehide', () => stop());

async function start() {
  stop();
  $('error').hidden = true;
  $('start').disabled = true;
  $('stop').disabled = false;
  const mine = { pc: new RTCPeerConnection(), channel: null, stream: null, location: null, timer: 0, last: null };
  call = window.call = mine;
  const { pc } = mine;

  pc.onconnectionstatechange = () => {
    show('connection', pc.connectionState);
    if (pc.connectionState === 'failed') fail(new Error('the connection failed'));
  };
  pc.oniceconnectionstatechange = () => show('ice', pc.iceConnectionState);
  pc.ontrack = event => {
    const video = $('remote');
    video.srcObject ??= new MediaStream();
    video.srcObject.addTrack(event.track);
  };
  pc.ondatachannel = event => attach(mine, event.channel);

  if ($('media').checked) {
    if (!navigator.mediaDevices) throw new Error('the browser gives cameras only to pages from https or localhost');
    mine.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    if (call !== mine) return;
    $('local').srcObject = mine.stream;
  }
  if ($('offerer').value === 'browser') await offerByBrowser(mine);
  else await offerByServer(mine);
  mine.timer = setInterval(() => update(mine).catch(() => {}), 1000);
}

async function offerByBrowser(mine) {
  const { pc, stream } = mine;
  for (const track of stream?.getTracks() ?? []) pc.addTrack(track, stream);
  attach(mine, pc.createDataChannel('chat'));
  await pc.setLocalDescription();
  await gathered(pc);
  const response = await request('POST', '/echo', pc.localDescription.sdp);
  mine.location = response.headers.get('location');
  await pc.setRemoteDescription({ type: 'answer', sdp: await response.text() });
}

async function offerByServer(mine) {
  const { pc, stream } = mine;
  const response = await request('POST', '/echo', '');
  mine.location = response.headers.get('location');
  await pc.setRemoteDescription({ type: 'offer', sdp: await response.text() });
  for (const track of stream?.getTracks() ?? []) pc.addTrack(track, stream);
  await pc.setLocalDescription();
  await gathered(pc);
  await request('PATCH', mine.location, pc.localDescription.sdp);
}

function attach(mine, channel) {
  mine.channel = channel;
  channel.binaryType = 'arraybuffer';
  const ready = open => { for (const element of $('chat').elements) element.disabled = !open; };
  channel.onopen = () => { ready(true); log('note', 'open'); };
  channel.onclose = () => { if (call === mine) { ready(false); log('note', 'closed'); } };
  channel.onmessage = ({ data }) => log('back', typeof data === 'string' ? data : `${data.byteLength} bytes`);
}

function stop() {
  if (!call) return;
  const { pc, stream, location, timer } = call;
  call = window.call = null;
  clearInterval(timer);
  for (const track of stream?.getTracks() ?? []) track.stop();
  pc.close();
  if (location) fetch(location, { method: 'DELETE', keepalive: true }).catch(() => {});
  $('local').srcObject = $('remote').srcObject = null;
  $('start').disabled = false;
  $('stop').disabled = true;
  for (const element of $('chat').elements) element.disabled = true;
  for (const id of ['connection', 'ice', 'dtls', 'sctp']) show(id, 'closed');
}

function fail(error) {
  stop();
  $('error').textContent = `${error.message ?? error}`;
  $('error').hidden = false;
}

async function request(method, url, sdp) {
  const headers = sdp ? { 'content-type': 'application/sdp' } : {};
  const response = await fetch(url, { method, headers, body: sdp || null });
  if (!response.ok) throw new Error((await response.text()).trim() || `${method} ${url}: ${response.status}`);
  return response;
}

// Resolves when all candidates are in the description, or after two seconds with those that are.
function gathered(pc) {
  return new Promise(resolve => {
    const check = () => pc.iceGatheringState === 'complete' && resolve();
    pc.addEventListener('icegatheringstatechange', check);
    setTimeout(resolve, 2000);
    check();
  });
}

async function update(mine) {
  const stats = await mine.pc.getStats();
  if (call !== mine) return;
  const all = [...stats.values()];
  const transport = all.find(s => s.type === 'transport');
  show('dtls', transport?.dtlsState ?? 'new');
  show('sctp', mine.pc.sctp?.state ?? 'none');
  const pair = stats.get(transport?.selectedCandidatePairId);
  if (pair) {
    const end = id => { const c = stats.get(id); return c ? `${c.address}:${c.port} (${c.candidateType})` : '?'; };
    show('pair', `${end(pair.localCandidateId)} to ${end(pair.remoteCandidateId)}`);
    if (pair.currentRoundTripTime !== undefined) show('rtt', `${(pair.currentRoundTripTime * 1000).toFixed(1)} ms`);
  }
  if (transport) {
    const now = { at: transport.timestamp, up: transport.bytesSent, down: transport.bytesReceived };
    if (mine.last) {
      const rate = key => Math.max(0, (now[key] - mine.last[key]) * 8 / (now.at - mine.last.at));
      show('up', `${rate('up').toFixed(0)} kbit/s`);
      show('down', `${rate('down').toFixed(0)} kbit/s`);
    }
    mine.last = now;
  }
  const video = all.find(s => s.type === 'inbound-rtp' && s.kind === 'video');
  if (video?.framesDecoded !== undefined) {
    show('frames', `${video.framesDecoded} frames, ${video.frameWidth ?? '?'} x ${video.frameHeight ?? '?'}`);
  }
}

function show(id, text) { $(id).textContent = text; }

function log(kind, text) {
  const line = document.createElement('li');
  line.className = kind;
  line.textContent = { sent: '> ', back: '< ', note: '' }[kind] + text;
  $('log').append(line);
  while ($('log').childElementCount > 200) $('log').firstChild.remove();
  line.scrollIntoView({ block: 'nearest' });
}
