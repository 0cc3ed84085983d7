package jsontext

import (
	"fmt"
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Enum is an enum type made ready for both directions.
type Enum struct {
	FullName string
	names    []string // as declared
	byName   map[string]int32
	byNumber map[int32]string
}

// NewEnum returns an enum without values; n are to be added.
func NewEnum(fullName string, n int) *Enum {
	return &Enum{FullName: fullName, names: make([]string, 0, n), byName: make(map[string]int32, n), byNumber: make(map[int32]string, n)}
}

// Add adds a value. Of several with one number, the first is shown.
func (e *Enum) Add(name string, number int32) {
	e.names = append(e.names, name)
	e.byName[name] = number
	if _, alias := e.byNumber[number]; !alias {
		e.byNumber[number] = name
	}
}

// Name is the name of a number, if it has one.
func (e *Enum) Name(n int32) (name string, ok bool) {
	name, ok = e.byNumber[n]
	return name, ok
}

// Append appends a value by its name, or as a number where it has none or that is
// wanted.
func (e *Enum) Append(dst []byte, n int32, asNumber bool) []byte {
	if name, ok := e.byNumber[n]; ok && !asNumber {
		dst = append(append(dst, '"'), name...)
		return append(dst, '"')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// Number is the value that a name stands for, which the document has at off.
func (e *Enum) Number(name []byte, off int) (int32, error) {
	if n, ok := e.byName[string(name)]; ok {
		return n, nil
	}
	return 0, &ValueError{
		Offset:  off,
		Message: fmt.Sprintf("unknown value %q of enum %s", Clip(name), e.FullName),
		Nearest: e.nearest(string(name)),
	}
}

// nearest suggests names. An enum of few is shown whole.
func (e *Enum) nearest(name string) []string {
	if near := idl.Nearest(name, e.names); len(near) > 0 {
		return near
	}
	if len(e.names) <= 4 {
		return e.names
	}
	return nil
}
