// The interop TestService and e2e.Calls on grpc-js. The argument is a descriptor
// set. Beside it, a server of own.proto, whose descriptors protobufjs makes, and a bare HTTP/2 server that changes its header table. On stdout come
// NAME=ADDRESS for each, then READY; the end of stdin ends it.
'use strict';
const fs = require('fs');
const http2 = require('http2');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { ReflectionService } = require('@grpc/reflection');

const definition = loader.loadFileDescriptorSetFromBuffer(
    fs.readFileSync(process.argv[2]), { longs: String, enums: String, defaults: true, arrays: true });
const root = grpc.loadPackageDefinition(definition);

const payload = (size) => ({ type: 'COMPRESSABLE', body: Buffer.alloc(size) });

function failure(status) {
  return { code: status.code, details: status.message };
}

function echoMetadata(call) {
  const initial = new grpc.Metadata();
  const trailer = new grpc.Metadata();
  for (const value of call.metadata.get('x-grpc-test-echo-initial')) initial.add('x-grpc-test-echo-initial', value);
  for (const value of call.metadata.get('x-grpc-test-echo-trailing-bin')) trailer.add('x-grpc-test-echo-trailing-bin', value);
  call.sendMetadata(initial);
  return trailer;
}

function failed(status) {
  return status && status.code !== 0;
}

const testService = {
  EmptyCall: (call, done) => done(null, {}),
  UnaryCall(call, done) {
    const trailer = echoMetadata(call);
    const request = call.request;
    if (failed(request.response_status)) return done(failure(request.response_status));
    done(null, { payload: payload(request.response_size) }, trailer);
  },
  StreamingInputCall(call, done) {
    let size = 0;
    call.on('data', (request) => { size += request.payload ? request.payload.body.length : 0; });
    call.on('end', () => done(null, { aggregated_payload_size: size }));
  },
  StreamingOutputCall(call) {
    for (const p of call.request.response_parameters) call.write({ payload: payload(p.size) });
    call.end();
  },
  FullDuplexCall(call) {
    const trailer = echoMetadata(call);
    call.on('data', (request) => {
      if (failed(request.response_status)) {
        call.emit('error', failure(request.response_status));
        return;
      }
      for (const p of request.response_parameters) call.write({ payload: payload(p.size) });
    });
    call.on('end', () => call.end(trailer));
  },
};

const reply = (request, requests) => ({ text: request.text, requests });

const calls = {
  Unary: (call, done) => failed(call.request.status)
    ? done(failure(call.request.status)) : done(null, reply(call.request, 1)),
  Collect(call, done) {
    let requests = 0;
    let last = { text: '' };
    call.on('data', (request) => { requests++; last = request; });
    call.on('end', () => done(null, reply(last, requests)));
  },
  Expand(call) {
    for (let i = 0; i < (call.request.replies || 1); i++) call.write(reply(call.request, 1));
    call.end();
  },
  Chat(call) {
    let requests = 0;
    call.on('data', (request) => call.write(reply(request, ++requests)));
    call.on('end', () => call.end());
  },
};

const server = new grpc.Server();
server.addService(root.grpc.testing.TestService.service, testService);
server.addService(root.e2e.Calls.service, calls);
new ReflectionService(definition).addToServer(server);

// What protobufjs makes of a file is not what protoc does: entries of maps and the ends
// of reserved ranges differ.
const ownDefinition = loader.loadSync(__dirname + '/own.proto', { keepCase: true });
const own = new grpc.Server();
own.addService(grpc.loadPackageDefinition(ownDefinition).own.Shop.service, {
  Get: (call, done) => done(null, call.request),
});
new ReflectionService(ownDefinition).addToServer(own);

// Node's http2 is nghttp2, whose decoder wants the size updates of RFC 7541 section 4.2.
// tables changes the size of its table before each answer, step by step, and answers
// with the header x-same of the request.
const steps = [[100, 4096], [4096, 0, 4096], [0], [60, 4096, 200], [4096]];
const seen = new WeakMap();
const tables = http2.createServer();
tables.on('stream', (stream, headers) => {
  const session = stream.session;
  const count = seen.get(session) || 0;
  seen.set(session, count + 1);
  stream.on('error', () => {});
  stream.on('end', async () => {
    for (const size of steps[count % steps.length]) {
      await new Promise((done) => session.settings({ headerTableSize: size }, done));
    }
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    const text = Buffer.from(headers['x-same']);
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, text.length + 2, 0x0a, text.length]), text]));
  }).resume();
});

server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (err, port) => {
  if (err) throw err;
  own.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (err, ownPort) => {
    if (err) throw err;
    tables.listen(0, '127.0.0.1', () => {
      console.log('NODE=127.0.0.1:' + port);
      console.log('NODEOWN=127.0.0.1:' + ownPort);
      console.log('NODETABLES=127.0.0.1:' + tables.address().port);
      console.log('READY');
    });
  });
});
process.stdin.on('end', () => process.exit(0)).resume();
