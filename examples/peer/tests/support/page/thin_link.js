// Calls over links that stand between the two sides: neither learns any address of the other.
window.calls = (() => {
    const senders = {};

    const camera = async () => navigator.mediaDevices.getUserMedia({
        audio: true, video: { width: 640, height: 480, frameRate: 30 },
    });

    const gathered = pc => new Promise(resolve => {
        const check = () => pc.iceGatheringState === 'complete' && resolve();
        pc.addEventListener('icegatheringstatechange', check);
        check();
    });

    const withoutCandidates = sdp =>
        sdp.replaceAll(/a=candidate:.*\r\n/g, '').replaceAll(/a=end-of-candidates\r\n/g, '');

    // The description of somebody who is to be reached at this port.
    const at = (port, sdp) => withoutCandidates(sdp).replace(
        /a=ice-ufrag:.*\r\n/, line => `${line}a=candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host\r\n`);

    const offering = async (name, direction) => {
        const pc = senders[name] = new RTCPeerConnection();
        const stream = await camera();
        for (const track of stream.getTracks()) pc.addTransceiver(track, { direction, streams: [stream] });
        await pc.setLocalDescription();
        await gathered(pc);
        return pc;
    };

    const answers = {};

    return {
        // Offers to the server. Where that is to be reached is the answer.
        async callServer(name, direction) {
            const pc = await offering(name, direction);
            const response = await fetch('/echo', {
                method: 'POST', headers: { 'content-type': 'application/sdp' },
                body: withoutCandidates(pc.localDescription.sdp),
            });
            const answer = answers[name] = await response.text();
            const [, port] = answer.match(/a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host/i);
            return Number(port);
        },

        // Takes the server's answer, as if it came from the link.
        async connect(name, port) {
            await senders[name].setRemoteDescription({ type: 'answer', sdp: at(port, answers[name]) });
        },

        // Calls another peer connection of this page, each side over its own end of the link.
        async callBrowser(name, near, far) {
            const pc = await offering(name, 'sendonly'), other = new RTCPeerConnection();
            await other.setRemoteDescription({ type: 'offer', sdp: at(far, pc.localDescription.sdp) });
            await other.setLocalDescription();
            await gathered(other);
            await pc.setRemoteDescription({ type: 'answer', sdp: at(near, other.localDescription.sdp) });
            senders[`${name}'s other side`] = other;
        },

        // How a call is, as its sender knows it.
        async measure(name) {
            const pc = senders[name], told = { state: pc.connectionState, video: {} };
            for (const stats of (await pc.getStats()).values()) {
                if (stats.type === 'outbound-rtp' && stats.kind === 'video') {
                    told.video = {
                        bytes: stats.bytesSent + stats.headerBytesSent, packets: stats.packetsSent,
                        target: stats.targetBitrate, fps: stats.framesPerSecond, height: stats.frameHeight,
                    };
                } else if (stats.type === 'remote-inbound-rtp' && stats.kind === 'video') {
                    told.reported = { lost: stats.packetsLost, rtt: stats.roundTripTime, jitter: stats.jitter };
                } else if (stats.type === 'candidate-pair' && stats.nominated) {
                    told.rtt = stats.currentRoundTripTime;
                    told.available = stats.availableOutgoingBitrate;
                } else if (stats.type === 'inbound-rtp' && stats.kind === 'video') {
                    told.returned = { frames: stats.framesDecoded, lost: stats.packetsLost };
                }
            }
            return told;
        },
    };
})();
