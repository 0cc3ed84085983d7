// Package call has the words for driving RPCs: Options of a client, Targets, names of
// transports, and the errors of both. The package client makes the calls.
//
// The files: options.go and target.go say where calls go and how, transport.go names what
// carries them and has the interface of what does. The errors are facts with fields, and
// cmd turns them into advice: errors.go has those of connections and options, guess.go what a
// peer spoke in place of what was asked for, peererrors.go what a peer said of a call.
// outcome.go says how each ends one.
//
// Below is a room for each thing that a call goes through, from the network up: dial makes
// connections, foreign describes strangers; h2, and h1 with net/http, are web exchanges, of
// which pool keeps the connections; grpc, thrift and ttstream are transports; kitex, compress,
// gate, outbox and fault are shared. client has the table of transports.
package call
