// Hostile script that runs in a document of the page before any other. It wraps the functions through which a secret
// could pass in this realm, and keeps each text in localStorage, as `<way> <text>`, for other documents of the origin
// and the test.
(() => {
  const { localStorage: storage, JSON: json, Object: object, Reflect: reflect } = globalThis;
  const { setItem } = Storage.prototype;
  const decoder = new TextDecoder('latin1');
  const decode = decoder.decode.bind(decoder);
  const document = Math.random().toString(36).slice(2);
  const kept = new Set();

  const keep = (way, text) => {
    const line = `${way} ${text.slice(0, 50_000)}`;
    if (text === '' || kept.has(line)) return;
    kept.add(line);
    try {
      setItem.call(storage, `wiretap ${document} ${kept.size}`, line);
    } catch {
      setItem.call(storage, 'wiretap full', 'full');
    }
  };

  /** Keeps each text in a value. */
  const look = (way, value, depth = 0) => {
    if (typeof value === 'string') return keep(way, value);
    if (value instanceof Promise)
      return void value.then(
        (result) => look(way, result, depth),
        () => {},
      );
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return keep(way, decode(value));
    if (value instanceof Response || value instanceof Request) {
      look(way, [...value.headers].join());
      const isText = !/wasm/.test(value.headers.get('content-type'));
      if (isText && !value.bodyUsed) look(way, body.call(value.clone()));
      return look(way, value.url);
    }
    if (value instanceof URL || value instanceof URLSearchParams || value instanceof Headers)
      return keep(way, `${[...(value.searchParams ?? value)].join()} ${value}`);
    if (typeof value !== 'object' || value === null || depth > 3) return;
    try {
      for (const part of object.values(value)) look(way, part, depth + 1);
    } catch {
      // A window of another origin.
    }
  };

  const body = Response.prototype.text;
  const wrap = (holder, names) => {
    for (const name of names) {
      const original = holder[name];
      const way = `${holder[Symbol.toStringTag]}.${name}`;
      holder[name] = function (...values) {
        look(way, values);
        const result = reflect.apply(original, this, values);
        look(way, result);
        return result;
      };
    }
  };
  /** Keeps each text that is read from or written to a property. */
  const watch = (holder, name) => {
    const { get, set, ...rest } = object.getOwnPropertyDescriptor(holder, name);
    const way = `${holder[Symbol.toStringTag]}.${name}`;
    const tapped = (value) => {
      look(way, value);
      return value;
    };
    object.defineProperty(holder, name, {
      ...rest,
      get:
        get &&
        function () {
          return tapped(get.call(this));
        },
      set:
        set &&
        function (value) {
          set.call(this, tapped(value));
        },
    });
  };
  /** Keeps each argument of `new`, and calls back with the result. */
  const wrapNew = (name, made = () => {}) => {
    const original = globalThis[name];
    if (!original) return;
    globalThis[name] = new Proxy(original, {
      construct(target, values, maker) {
        look(
          `new ${name}`,
          values.map((value) => (typeof value === 'object' ? `${value}` : value)),
        );
        const result = reflect.construct(target, values, maker);
        made(result);
        return result;
      },
    });
  };

  wrap(globalThis, ['fetch', 'atob', 'btoa', 'encodeURIComponent', 'decodeURIComponent', 'structuredClone']);
  wrap(json, ['parse', 'stringify']);
  wrap(XMLHttpRequest.prototype, ['open', 'send', 'setRequestHeader']);
  watch(XMLHttpRequest.prototype, 'responseText');
  wrap(Response.prototype, ['text', 'json', 'arrayBuffer']);
  wrap(Headers.prototype, ['set', 'append']);
  wrap(TextDecoder.prototype, ['decode']);
  wrap(TextEncoder.prototype, ['encode', 'encodeInto']);
  wrap(crypto, ['getRandomValues', 'randomUUID']);
  wrap(SubtleCrypto.prototype, ['digest', 'importKey', 'sign', 'verify', 'encrypt', 'decrypt', 'deriveBits']);
  wrap(Storage.prototype, ['setItem', 'getItem']);
  wrap(History.prototype, ['pushState', 'replaceState']);
  for (const kind of [Worker, MessagePort, BroadcastChannel]) wrap(kind.prototype, ['postMessage']);
  watch(MessageEvent.prototype, 'data');
  watch(Node.prototype, 'textContent');
  wrapNew('XMLHttpRequest');
  wrapNew('URLSearchParams');
  wrapNew('BroadcastChannel');
  // Messages to the vault pass through the wrapped method. Messages from the vault need a listener of our own.
  wrapNew('Worker', (worker) => {
    globalThis.tappedWorker = worker;
    worker.addEventListener('message', ({ data }) => look('Worker.onmessage', data));
  });
  addEventListener('message', ({ data, ports }) => {
    look('Window.onmessage', data);
    for (const port of ports) port.addEventListener('message', ({ data }) => look('MessagePort.onmessage', data));
  });

  // The memory of the page's own wasm. Each text in it that could be a token is kept.
  let memory = null;
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...values) => {
      const result = await original.apply(WebAssembly, values);
      memory = (result.instance ?? result).exports.memory;
      return result;
    };
  }
  setInterval(() => {
    if (memory) for (const [token] of decode(memory.buffer).matchAll(/[\w.-]{40,}/g)) keep('WebAssembly.Memory', token);
  }, 200);

  keep('address', location.href);

  // The control: each wrapper must keep this text.
  const bytes = (text) => new TextEncoder().encode(text);
  json.parse(json.stringify(['planted']));
  new TextDecoder().decode(bytes('planted'));
  for (const planted of [crypto.subtle.digest('SHA-256', bytes('planted')), fetch('/config.json?planted')])
    planted.catch(() => {});
  const request = new XMLHttpRequest();
  request.open('POST', '/config.json?planted');
  request.send('planted');
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = ({ data }) => data;
  port1.postMessage('planted');
  postMessage('planted', location.origin);
})();
