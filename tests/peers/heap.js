// Takes a heap snapshot of the main thread of a page in Chromium, by its debugger:
// node heap.js <address of the debugger> <address of the page> <file>
import { writeFileSync } from 'node:fs';

const [debuggerAddress, page, file] = process.argv.slice(2);
const targets = await (await fetch(`http://${debuggerAddress}/json/list`)).json();
const { webSocketDebuggerUrl } = targets.find(({ type, url }) => type === 'page' && url === page);
const socket = new WebSocket(webSocketDebuggerUrl);
const chunks = [];
socket.onmessage = ({ data }) => {
  const { id, method, params, error } = JSON.parse(data);
  if (error) throw new Error(error.message);
  if (method === 'HeapProfiler.addHeapSnapshotChunk') chunks.push(params.chunk);
  if (id !== 1) return;
  writeFileSync(file, chunks.join(''));
  socket.close();
};
socket.onerror = () => process.exit(1);
socket.onopen = () =>
  socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.takeHeapSnapshot', params: { reportProgress: false } }));
