package format

import "github.com/idlcall/idlcall/pkg/stream"

// How each error of the package ends a call.

func badData() stream.Outcome { return stream.Outcome{Kind: stream.KindData} }

// Outcome is KindData.
func (*ValueError) Outcome() stream.Outcome { return badData() }

// Outcome is KindData.
func (*InputError) Outcome() stream.Outcome { return badData() }

// Outcome is KindData.
func (*ReadError) Outcome() stream.Outcome { return badData() }

// Outcome is KindData.
func (*DocumentSizeError) Outcome() stream.Outcome { return badData() }

// Outcome is KindData.
func (*RawError) Outcome() stream.Outcome { return badData() }

// Outcome is KindUsage.
func (*BaseError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// Outcome is KindConnection: the peer broke the protocol.
func (*DecodeError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(stream.Internal)}
}

// Outcome is KindConnection: the peer broke the protocol.
func (*NoResultError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindConnection} }

// Outcome has the type as Name and the fields as Detail.
func (e *Exception) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindDeclared, Name: e.Type, Detail: e.JSON}
}
