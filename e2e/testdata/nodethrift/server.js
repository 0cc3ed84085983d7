// Apache Thrift's ThriftTest in Node.js. It prints NAME=ADDRESS for each server,
// then READY, and ends when its stdin does. The methods do what the handlers of
// Apache's cross test do: they return the argument where nothing else is said here.
// NODE_HTTP does not answer the POST of a oneway call: the library never does.
'use strict';
const thrift = require('thrift');
const service = require('./ThriftTest');
const types = require('./ThriftTest_types');

const oneways = {};

// A handler with as many parameters as the method returns its result.
const handler = {
  testVoid: () => {},
  testMapMap: (hello) => ({ '-4': { '-4': -4, '-3': -3, '-2': -2, '-1': -1 }, 4: { 1: 1, 2: 2, 3: 3, 4: 4 } }),
  testInsanity: (argument) => ({ 1: { 2: argument, 3: argument }, 2: { 6: new types.Insanity() } }),
  testMulti: (byte_thing, i32_thing, i64_thing, arg3, arg4, arg5) =>
    new types.Xtruct({ string_thing: 'Hello2', byte_thing, i32_thing, i64_thing }),
  testException(arg) {
    if (arg === 'Xception') throw new types.Xception({ errorCode: 1001, message: arg });
    if (arg === 'TException') throw new thrift.Thrift.TException(arg);
  },
  testMultiException(arg0, arg1) {
    if (arg0 === 'Xception') throw new types.Xception({ errorCode: 1001, message: 'This is an Xception' });
    if (arg0 === 'Xception2') {
      const struct_thing = new types.Xtruct({ string_thing: 'This is an Xception2' });
      throw new types.Xception2({ errorCode: 2002, struct_thing });
    }
    return new types.Xtruct({ string_thing: arg1 });
  },
  testOneway: (seconds) => { oneways[seconds] = (oneways[seconds] || 0) + 1; },
  // "oneway SECONDS" returns how often testOneway came with this argument.
  testString: (thing) => thing.startsWith('oneway ') ? String(oneways[thing.slice(7)] || 0) : thing,
};
for (const name of ['Bool', 'Byte', 'I32', 'I64', 'Double', 'Binary', 'Uuid', 'Struct', 'Nest', 'Map', 'StringMap',
  'Set', 'List', 'Enum', 'Typedef']) handler['test' + name] = (thing) => thing;

const { TBinaryProtocol, TCompactProtocol, TFramedTransport, TBufferedTransport } = thrift;
const servers = {
  NODE_FRAMED: thrift.createServer(service, handler, { transport: TFramedTransport, protocol: TBinaryProtocol }),
  NODE_BUFFERED: thrift.createServer(service, handler, { transport: TBufferedTransport, protocol: TBinaryProtocol }),
  NODE_COMPACT: thrift.createServer(service, handler, { transport: TFramedTransport, protocol: TCompactProtocol }),
  NODE_HTTP: thrift.createWebServer({ services: { '/': {
    processor: service, handler, transport: TBufferedTransport, protocol: TBinaryProtocol,
  } } }),
};

let waiting = Object.keys(servers).length;
for (const [name, server] of Object.entries(servers)) {
  server.on('error', () => {}); // a client that breaks off
  server.listen(0, '127.0.0.1', () => {
    console.log(`${name}=127.0.0.1:${(server.server || server).address().port}`);
    if (--waiting === 0) console.log('READY');
  });
}
process.stdin.on('end', () => process.exit(0)).resume();
