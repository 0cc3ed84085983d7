package idl

import "github.com/idlcall/idlcall/pkg/stream"

// How each error of the package ends what needed the IDL.

func badIDL() stream.Outcome { return stream.Outcome{Kind: stream.KindIDL} }

// Outcome is KindIDL.
func (*NotFoundError) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL.
func (*AmbiguousError) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL.
func (*IncompleteError) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL.
func (*DescriptorError) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL.
func (*BrokenError) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL.
func (*ParseError) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL.
func (ParseErrors) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL.
func (*NameError) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL.
func (*ExistsError) Outcome() stream.Outcome { return badIDL() }

// Outcome is KindIDL, unless a status of the server's is wrapped, which counts more.
func (*NoReflectionError) Outcome() stream.Outcome { return badIDL() }

// Outcome is that of what is wrapped.
func (*ReflectionError) Outcome() stream.Outcome { return stream.Outcome{} }

// Outcome is KindUsage.
func (*NoDescriptorSetError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }
