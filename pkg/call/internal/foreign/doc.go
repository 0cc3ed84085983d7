// Package foreign describes a peer that does not answer in what it was asked in, as a
// call.MismatchError: foreign.go judges first bytes, thrift.go those of the forms of Thrift,
// http.go an answer of HTTP, and body.go says what its body holds. What it quotes is bounded by
// SniffLimit, and no more than SniffWait is spent on hearing more.
package foreign
