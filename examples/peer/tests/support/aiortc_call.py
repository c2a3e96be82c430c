"""Calls an echo endpoint with aiortc and prints, as JSON, what came back.

    aiortc_call.py http://127.0.0.1:8080/echo aiortc|server

The second word says who makes the offer. Exit status 3: aiortc is not installed.
"""

import asyncio
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

try:
    import aioice.ice
    from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
    from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

# aioice leaves loopback addresses out, but a machine may have no other.
usable_addresses = aioice.ice.get_host_addresses
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: (
    usable_addresses(use_ipv4, use_ipv6) or ["127.0.0.1"]
)

MESSAGES = ["text!", "", b"", b"\x2a", bytes((i * 31 + (i >> 8)) & 255 for i in range(200 * 1024))]
FRAMES = 20
PATIENCE = 40.0


async def request(method, url, sdp=None):
    """An HTTP exchange: status, Location, body."""

    def exchange():
        headers = {"Content-Type": "application/sdp"} if sdp else {}
        body = sdp.encode() if sdp else b""
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, data=body, headers=headers, method=method)
            ) as response:
                location = response.headers.get("Location")
                return response.status, location, response.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, None, refusal.read().decode()

    return await asyncio.get_running_loop().run_in_executor(None, exchange)


class Call:
    def __init__(self, endpoint):
        self.endpoint = endpoint
        # Without this aiortc asks a public STUN server.
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames = {"audio": 0, "video": 0}
        self.returned = {}
        self.changed = asyncio.Event()
        self.tasks = []
        self.location = None
        self.pc.on("track", lambda track: self.tasks.append(asyncio.ensure_future(self.count(track))))
        self.pc.on("datachannel", self.use)

    async def count(self, track):
        """Counts the frames that decode."""
        while True:
            await track.recv()
            self.frames[track.kind] += 1
            self.changed.set()

    def use(self, channel):
        """Sends everything once the channel is open, and keeps what comes back."""
        returned = self.returned[channel.label] = []

        @channel.on("message")
        def _(message):
            returned.append(message)
            self.changed.set()

        def send():
            for message in MESSAGES:
                channel.send(message)

        if channel.readyState == "open":
            send()
        else:
            channel.on("open", send)

    def add_tracks(self):
        self.pc.addTrack(AudioStreamTrack())
        self.pc.addTrack(VideoStreamTrack())

    async def offer(self):
        self.use(self.pc.createDataChannel("announced"))
        self.use(self.pc.createDataChannel("negotiated", negotiated=True, id=400))
        self.add_tracks()
        await self.pc.setLocalDescription(await self.pc.createOffer())
        sdp = self.pc.localDescription.sdp
        status, location, body = await request("POST", self.endpoint, sdp)
        assert status == 201, (status, body)
        self.location = urllib.parse.urljoin(self.endpoint, location)
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=body, type="answer"))

    async def answer(self):
        status, location, body = await request("POST", self.endpoint)
        assert status == 201, (status, body)
        self.location = urllib.parse.urljoin(self.endpoint, location)
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=body, type="offer"))
        self.add_tracks()
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        sdp = self.pc.localDescription.sdp
        status, _, body = await request("PATCH", self.location, sdp)
        assert status == 204, (status, body)

    def complete(self):
        all_data = self.returned and all(len(r) >= len(MESSAGES) for r in self.returned.values())
        return all_data and all(count >= FRAMES for count in self.frames.values())

    async def finish(self):
        while not self.complete():
            self.changed.clear()
            await self.changed.wait()

    async def ended(self):
        """Hangs up, and says whether the other side then ends the session by itself."""
        await self.pc.close()
        for _ in range(100):
            # Nothing can be patched any more in a session that is gone; one that is there refuses this.
            status, _, _ = await request("PATCH", self.location, "not a description")
            if status == 404:
                return True
            await asyncio.sleep(0.05)
        return False


def equal(sent, returned):
    return type(sent) is type(returned) and sent == returned


async def main(endpoint, offerer):
    call = Call(endpoint)
    await (call.offer() if offerer == "aiortc" else call.answer())
    try:
        await asyncio.wait_for(call.finish(), PATIENCE)
    except asyncio.TimeoutError:
        pass
    told = {
        "state": call.pc.connectionState,
        "frames": call.frames,
        "data": {
            label: len(returned) == len(MESSAGES) and all(map(equal, MESSAGES, returned))
            for label, returned in call.returned.items()
        },
        "ended": await call.ended(),
    }
    for task in call.tasks:
        task.cancel()
    print(json.dumps(told))


asyncio.run(main(*sys.argv[1:]))
