package thrift

import "fmt"

// Dialect is whose reading of a Thrift file counts where Apache's compiler and
// thriftgo, which Kitex uses, take it to mean different bytes. What only one of them
// accepts is accepted in its reading.
type Dialect uint8

// The dialects.
const (
	DialectThriftgo Dialect = iota
	DialectApache
)

var dialectNames = [...]string{"thriftgo", "Apache Thrift"}

// String is the name of the compiler.
func (d Dialect) String() string { return dialectNames[d] }

// Difference is a place that the two compilers read differently.
type Difference struct {
	File      string // as the user names it
	Line, Col int    // from 1; Col in characters
	What      string // what stands there: `field "a", which has no id`
	// Readings are those of the two, by Dialect: an id, a number, or "an
	// error".
	Readings [2]string
	Chosen   Dialect
}

// String is one line with all of it.
func (d Difference) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s reads %s, %s %s; here it is %s",
		d.File, d.Line, d.Col, d.What, DialectThriftgo, d.Readings[DialectThriftgo], DialectApache, d.Readings[DialectApache], d.Readings[d.Chosen])
}
