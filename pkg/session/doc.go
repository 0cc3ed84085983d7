// Package session is the way in for programs: it opens IDL and a client, finds a
// method by its name, and calls it with JSON. The commands of idlcall are drivers of
// it; so is whatever makes many calls at once.
//
//	s, err := session.Open(ctx, session.Options{Target: "localhost:50051"})
//	m, err := s.Method(ctx, "shop.Shop/Buy")
//	reply, err := m.Call(ctx, []byte(`{"items": [{"name": "hat"}]}`))
//
// The files, in the order of a call: session.go opens, method.go finds a method and
// runs an RPC of encoded bodies, unary.go and stream.go do so with JSON, retry.go says
// when one is made again, renew.go asks a server again where its IDL from the
// cache does not fit, status.go makes the details of a status readable, errors.go says
// what an error was about.
//
// A Session owns its client and its schema, and Close ends both. Session, Method and
// Reply may be used by any number of goroutines at once; a Stream has one sender and
// one receiver. How an RPC ended is stream.OutcomeOf of the error.
package session
