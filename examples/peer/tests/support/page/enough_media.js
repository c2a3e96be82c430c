// Whether enough of the returned media has been decoded.
const done = arguments[0];
call.pc.getStats().then(stats => {
    const inbound = [...stats.values()].filter(s => s.type === 'inbound-rtp');
    const video = inbound.find(s => s.kind === 'video'), audio = inbound.find(s => s.kind === 'audio');
    done(video?.framesDecoded >= 30 && audio?.totalAudioEnergy > 0);
});
