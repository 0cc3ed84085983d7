// e2e.Calls on connect-node. The argument is a descriptor set with it. On stdout come
// NAME=ADDRESS for HTTP/1.1 and HTTP/2, then READY; the end of stdin ends it.
'use strict';
const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const { fromBinary, createFileRegistry } = require('@bufbuild/protobuf');
const { FileDescriptorSetSchema, StringValueSchema } = require('@bufbuild/protobuf/wkt');
const { ConnectError } = require('@connectrpc/connect');
const { connectNodeAdapter } = require('@connectrpc/connect-node');

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, fs.readFileSync(process.argv[2])));
const calls = registry.getService('e2e.Calls');
const detail = { desc: StringValueSchema, value: { value: 'read this' } };

// reply answers the nth request, or fails as it says.
function reply(request, n, context) {
  const tail = context.requestHeader.get('x-tail');
  if (tail) context.responseTrailer.set('x-tail', tail);
  if (request.status) throw new ConnectError(request.status.message, request.status.code, undefined, [detail]);
  return { text: request.text, requests: BigInt(n) };
}

const service = {
  unary: (request, context) => reply(request, 1, context),
  async collect(requests, context) {
    let n = 0;
    let last = { text: '' };
    for await (const request of requests) last = reply(request, ++n, context);
    return last;
  },
  async* expand(request, context) {
    for (let i = 0; i < Math.max(request.replies, 1); i++) yield reply(request, 1, context);
  },
  async* chat(requests, context) {
    let n = 0;
    for await (const request of requests) yield reply(request, ++n, context);
  },
};

const handler = connectNodeAdapter({ routes: (router) => router.service(calls, service) });
const servers = { NODECONNECT: http.createServer(handler), NODECONNECT_H2: http2.createServer(handler) };
let waiting = Object.keys(servers).length;
for (const [name, server] of Object.entries(servers)) {
  server.listen(0, '127.0.0.1', () => {
    console.log(`${name}=127.0.0.1:${server.address().port}`);
    if (--waiting === 0) console.log('READY');
  });
}
process.stdin.on('end', () => process.exit(0)).resume();
