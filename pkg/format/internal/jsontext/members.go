package jsontext

import (
	"slices"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Members is which fields an object has given, by their indexes.
type Members struct {
	BitSet
	nulls []int
}

// Null notes that a field that must be there is null, which is as if it were not.
func (m *Members) Null(index int) { m.nulls = append(m.nulls, index) }

// Lacks reports whether a field has no value.
func (m *Members) Lacks(index int) bool {
	return !m.Has(index) || slices.Contains(m.nulls, index)
}

// Missing is the mistake of an object, open at off, without fields that must be there.
func (p *Parser) Missing(off int, names []string) error {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return p.Fail(off, "missing required field %s", strings.Join(quoted, ", "))
}

// Unknown is the mistake of a key at off that none of the known names is.
func Unknown(off int, key []byte, known []string, message string) error {
	return &ValueError{Offset: off, Message: message, Nearest: idl.Nearest(string(key), known)}
}

// Index is a place in an array, as a path has it.
func Index(i int) string { return "[" + strconv.Itoa(i) + "]" }
