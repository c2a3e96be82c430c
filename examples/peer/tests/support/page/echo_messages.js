// Sends four messages over the page's channel and compares what comes back.
const done = arguments[0];
const bytes = new Uint8Array(200 * 1024).map((_, i) => (i * 31 + (i >> 8)) & 255);
const messages = ['text!', '', new Uint8Array([42]), bytes];
const returned = [];
call.channel.addEventListener('message', ({ data }) => {
    returned.push(data);
    if (returned.length < messages.length) return;
    const same = (a, b) => typeof a === 'string' ? a === b
        : b instanceof ArrayBuffer && b.byteLength === a.length && new Uint8Array(b).every((x, i) => x === a[i]);
    done({
        equal: messages.map((m, i) => same(m, returned[i])),
        sizes: returned.map(r => typeof r === 'string' ? r.length : r.byteLength),
    });
});
for (const message of messages) call.channel.send(message);
