// Package sample makes values of the types of IDL, as JSON in the mapping of package format:
// random ones, or the least that there can be.
//
//	sample.go    Source: what decides
//	protobuf.go  messages of Protobuf; wellknown.go the types with a JSON of their own
//	thrift.go    structs of Thrift
//	text.go      words, numbers
//
// Every value fits its type: what is required is there, of a union one field is set, sets
// and the keys of maps do not repeat. Types that contain themselves end, unless they cannot.
package sample

import (
	"math/rand/v2"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Source decides what values are. It belongs to one goroutine.
type Source struct {
	rng *rand.Rand // nil for the least values
}

// Random returns a source of random values, the same for the same seeds.
func Random(seed1, seed2 uint64) *Source { return &Source{rand.New(rand.NewPCG(seed1, seed2))} }

// Least returns a source of values with nothing in them but what has to be.
func Least() *Source { return &Source{} }

// depth is how far down optional parts of a value go.
const depth = 4

// limit is where a type that contains itself, and has to, is given up.
const limit = 64

// Append appends a value of a message. Of the result of a Thrift method it is the value that
// the method returns, null where it is void.
func (s *Source) Append(dst []byte, m idl.Message) []byte {
	switch m := m.(type) {
	case *idl.ProtoMessage:
		return s.message(dst, m.Descriptor, 0)
	case *thrift.Struct:
		if m.Form == thrift.FormResult {
			for _, f := range m.Fields {
				if f.ID == 0 {
					return s.value(dst, f.Type, 0)
				}
			}
			return append(dst, "null"...)
		}
		return s.object(dst, m, 0)
	}
	return append(dst, "{}"...)
}

// Number is a random number below n; 0 from a source of the least.
func (s *Source) Number(n int) int {
	if s.rng == nil || n <= 0 {
		return 0
	}
	return s.rng.IntN(n)
}

// skip decides against an optional part of a value.
func (s *Source) skip(level int) bool {
	return s.rng == nil || level >= depth || s.rng.IntN(4) == 0 && level > 0
}

// size is how many elements a list has.
func (s *Source) size(level int) int {
	if s.rng == nil || level >= depth {
		return 0
	}
	return s.rng.IntN(4)
}
