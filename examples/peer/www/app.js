'use strict';

// The page's one call. `window.call` lets a test, or a curious person, look at it.
const $ = id => document.getElementById(id);
let call = null;

// What the state shows when there is no call.
const IDLE = {
  connection: 'none', ice: 'none', dtls: 'none', sctp: 'none', pair: 'none', rtt: 'none',
  up: '0 kbit/s', down: '0 kbit/s', frames: 'none',
};

$('start').onclick = () => start();
$('stop').onclick = () => stop('Hung up');
$('chat').onsubmit = event => {
  event.preventDefault();
  const text = $('text').value;
  if (!text || call?.channel?.readyState !== 'open') return;
  call.channel.send(text);
  log('sent', text);
  $('text').value = '';
};
addEventListener('pagehide', () => stop());
reset();

async function start() {
  stop();
  const mine = { pc: new RTCPeerConnection(), channel: null, stream: null, location: null, timer: 0, last: null };
  call = window.call = mine;
  inCall(true);
  $('error').hidden = true;
  $('log').replaceChildren();
  try {
    await connect(mine);
  } catch (error) {
    fail(mine, error);
  }
  // Whoever has hung up meanwhile does not want what came after.
  if (call !== mine) release(mine);
}

async function connect(mine) {
  const { pc } = mine;
  pc.onconnectionstatechange = () => {
    if (call !== mine) return;
    show('connection', pc.connectionState);
    if (pc.connectionState === 'connected') status('Connected', 'good');
    if (pc.connectionState === 'disconnected') status('The server does not answer', 'bad');
    if (pc.connectionState === 'failed') fail(mine, new Error('No connection to the server: no path works.'));
  };
  pc.oniceconnectionstatechange = () => call === mine && show('ice', pc.iceConnectionState);
  pc.ontrack = ({ track }) => {
    if (call !== mine) return;
    const video = $('remote');
    video.srcObject ??= new MediaStream();
    video.srcObject.addTrack(track);
  };
  pc.ondatachannel = ({ channel }) => attach(mine, channel);

  if ($('media').checked) {
    status('Asking for the camera');
    mine.stream = await devices();
    if (call !== mine) return;
    $('local').srcObject = mine.stream;
  }
  status('Connecting');
  await ($('offerer').value === 'browser' ? offerByBrowser(mine) : offerByServer(mine));
  if (call === mine) mine.timer = setInterval(() => update(mine).catch(() => {}), 1000);
}

async function devices() {
  if (!navigator.mediaDevices) throw new Error('Browsers give cameras only to pages from https or localhost. Untick the camera to call without.');
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  } catch (error) {
    const reason = {
      NotAllowedError: 'The camera and microphone are not allowed.',
      NotFoundError: 'There is no camera or no microphone.',
      NotReadableError: 'The camera or microphone is in use elsewhere.',
    }[error.name] ?? `No camera and microphone: ${error.message}.`;
    throw new Error(`${reason} Untick the box to call without.`);
  }
}

async function offerByBrowser(mine) {
  const { pc, stream } = mine;
  for (const track of stream?.getTracks() ?? []) pc.addTrack(track, stream);
  attach(mine, pc.createDataChannel('chat'));
  await pc.setLocalDescription();
  await gathered(pc);
  const answer = await post(mine, pc.localDescription.sdp);
  if (call === mine) await pc.setRemoteDescription({ type: 'answer', sdp: answer });
}

async function offerByServer(mine) {
  const { pc, stream } = mine;
  const offer = await post(mine, '');
  if (call !== mine) return;
  await pc.setRemoteDescription({ type: 'offer', sdp: offer });
  for (const track of stream?.getTracks() ?? []) pc.addTrack(track, stream);
  await pc.setLocalDescription();
  await gathered(pc);
  if (call === mine) await request('PATCH', mine.location, pc.localDescription.sdp);
}

async function post(mine, sdp) {
  const response = await request('POST', '/echo', sdp);
  mine.location = response.headers.get('location');
  return response.text();
}

function attach(mine, channel) {
  mine.channel = channel;
  channel.binaryType = 'arraybuffer';
  channel.onopen = () => { if (call === mine) { chat(true); log('note', 'The channel is open.'); } };
  channel.onclose = () => fail(mine, new Error('The server has ended the call.'));
  channel.onmessage = ({ data }) => log('back', typeof data === 'string' ? data : `${data.byteLength} bytes`);
}

// Ends the call, if there is one, and says so.
function stop(why) {
  if (!call) return;
  const ended = call;
  call = window.call = null;
  release(ended);
  $('local').srcObject = $('remote').srcObject = null;
  inCall(false);
  reset();
  status(why ?? 'Not in a call');
}

// Gives back what a call has taken, here and at the server.
function release(ended) {
  const { pc, stream, location, timer } = ended;
  ended.location = null;
  clearInterval(timer);
  for (const track of stream?.getTracks() ?? []) track.stop();
  // The server hears it by HTTP first: once it has heard it from the connection, the session is gone.
  const told = location ? fetch(location, { method: 'DELETE', keepalive: true, signal: AbortSignal.timeout(2000) }) : Promise.resolve();
  told.catch(() => {}).finally(() => pc.close());
}

function fail(mine, error) {
  if (call !== mine) return;
  stop();
  status('The call has failed', 'bad');
  $('error').textContent = error.message || `${error}`;
  $('error').hidden = false;
}

async function request(method, url, sdp) {
  const headers = sdp ? { 'content-type': 'application/sdp' } : {};
  const response = await fetch(url, { method, headers, body: sdp || null })
    .catch(() => { throw new Error('The server cannot be reached. Is it still running?'); });
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
  if (video?.framesDecoded) {
    show('frames', `${video.framesDecoded} frames, ${video.frameWidth} × ${video.frameHeight}`);
  }
}

function show(id, text) { $(id).textContent = text; }

function status(text, mood = '') {
  show('status', text);
  $('status').className = mood;
}

function reset() {
  for (const [id, text] of Object.entries(IDLE)) show(id, text);
  chat(false);
}

function inCall(yes) {
  $('start').disabled = $('options').disabled = yes;
  $('stop').disabled = !yes;
}

function chat(open) {
  for (const element of $('chat').elements) element.disabled = !open;
}

function log(kind, text) {
  const line = document.createElement('li');
  line.className = kind;
  line.textContent = text;
  const list = $('log');
  list.append(line);
  while (list.childElementCount > 200) list.firstChild.remove();
  list.scrollTop = list.scrollHeight;
}
