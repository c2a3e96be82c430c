// What came back, in numbers.
const done = arguments[0];
call.pc.getStats().then(stats => {
    const all = [...stats.values()];
    const inbound = kind => all.find(s => s.type === 'inbound-rtp' && s.kind === kind) ?? {};
    const video = inbound('video'), audio = inbound('audio');
    const transport = all.find(s => s.type === 'transport') ?? {};
    done({
        frames: video.framesDecoded, width: video.frameWidth, height: video.frameHeight,
        codec: stats.get(video.codecId)?.mimeType,
        energy: audio.totalAudioEnergy, seconds: audio.totalSamplesDuration,
        shown: document.getElementById('remote').videoWidth,
        tls: transport.tlsVersion, cipher: transport.dtlsCipher, srtp: transport.srtpCipher,
    });
});
