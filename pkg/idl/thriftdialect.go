package idl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ThriftDialect is whose reading of a Thrift file counts where Apache's compiler and
// thriftgo, which Kitex uses, take it to mean different bytes. What only one of them
// accepts is accepted in its reading.
type ThriftDialect uint8

// The dialects.
const (
	DialectThriftgo ThriftDialect = iota
	DialectApache
)

var dialectNames = [...]string{"thriftgo", "Apache Thrift"}

// String is the name of the compiler.
func (d ThriftDialect) String() string { return dialectNames[d] }

// DialectDifference is a place that the two compilers read differently.
type DialectDifference struct {
	File      string // as the user names it
	Line, Col int    // from 1; Col in characters
	What      string // what stands there: `field "a", which has no id`
	// Readings are those of the two, by ThriftDialect: an id, a number, or "an
	// error".
	Readings [2]string
	Chosen   ThriftDialect
}

// String is one line with all of it.
func (d DialectDifference) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s reads %s, %s %s; here it is %s",
		d.File, d.Line, d.Col, d.What, DialectThriftgo, d.Readings[DialectThriftgo], DialectApache, d.Readings[DialectApache], d.Readings[d.Chosen])
}

// dialectNote is a difference, as a reader meets it.
type dialectNote struct {
	at       int
	what     string
	readings [2]string
	chosen   ThriftDialect
}

// isAnError is the reading of a compiler that refuses something.
const isAnError = "an error"

// tell warns of the first difference among what is used.
func (s *thriftSchema) tell(f *thriftFile, notes []dialectNote) {
	if len(notes) == 0 || s.told || s.differs == nil {
		return
	}
	s.told = true
	n := slices.MinFunc(notes, func(a, b dialectNote) int { return a.at - b.at })
	at := f.errorAt(n.at, "")
	s.differs(DialectDifference{File: at.File, Line: at.Line, Col: at.Col, What: n.what, Readings: n.readings, Chosen: n.chosen})
}

// note keeps a difference, if it is one.
func (r *thriftReader) note(at int, what string, readings [2]string, chosen ThriftDialect) {
	if readings[0] != readings[1] {
		r.notes = append(r.notes, dialectNote{at, what, readings, chosen})
	}
}

// fieldIDs are the ids of a list of fields in one reading. In Apache's, a field
// without an id, or with one below 1, gets the next of -1, -2, ...
// (apache/thrift:compiler/cpp/src/thrift/thrifty.yy, FieldIdentifier); in
// thriftgo's, one without gets what follows the one before
// (cloudwego/thriftgo:parser/parser.go, parseField).
func (d ThriftDialect) fieldIDs(list []thriftFieldDecl) []int {
	ids := make([]int, len(list))
	next, auto := 1, -1
	for i := range list {
		f := &list[i]
		switch {
		case d == DialectApache && (!f.hasID || f.written <= 0):
			ids[i] = auto
			auto--
		case f.hasID:
			ids[i] = f.written
		default:
			ids[i] = next
		}
		next = ids[i] + 1
	}
	return ids
}

// numbered gives the fields of a list the ids of the dialect, or of the other one
// where only that has none twice. of names the list.
func (r *thriftReader) numbered(list []thriftFieldDecl, of string) error {
	chosen := r.file.dialect
	ids := chosen.fieldIDs(list)
	err := r.checkIDs(list, ids, of)
	if isPlain(list) {
		return err // both compilers read it so
	}
	other := (1 - chosen).fieldIDs(list)
	otherErr := r.checkIDs(list, other, of)
	if err != nil && otherErr != nil {
		return err
	}
	if err != nil {
		chosen, ids, other, otherErr = 1-chosen, other, ids, err
	}
	for i := range list {
		f := &list[i]
		f.id = int16(ids[i])
		if ids[i] != other[i] && (otherErr == nil || !f.hasID) {
			r.noteID(f, chosen, ids[i], other[i], otherErr != nil)
		}
	}
	return nil
}

// isPlain reports whether all fields have ids that both compilers take as they are,
// and gives them these.
func isPlain(list []thriftFieldDecl) bool {
	for i := range list {
		f := &list[i]
		if !f.hasID || f.written <= 0 {
			return false
		}
		f.id = int16(f.written)
	}
	return true
}

func (r *thriftReader) noteID(f *thriftFieldDecl, chosen ThriftDialect, id, other int, otherFails bool) {
	what := fmt.Sprintf("the id of field %q", f.name)
	if !f.hasID {
		what = fmt.Sprintf("field %q, which has no id", f.name)
	}
	var readings [2]string
	readings[chosen], readings[1-chosen] = strconv.Itoa(id), strconv.Itoa(other)
	if otherFails {
		readings[1-chosen] = isAnError
	}
	r.note(f.start, what, readings, chosen)
}

// checkIDs looks for an id that is too large or occurs twice.
func (r *thriftReader) checkIDs(list []thriftFieldDecl, ids []int, of string) error {
	seen := map[int]string{}
	for i, id := range ids {
		f := &list[i]
		if id != int(int16(id)) {
			return r.file.errorAt(f.start, "field id %d is out of the range of i16", id)
		}
		if other, twice := seen[id]; twice {
			return r.file.errorAt(f.start, "%s has two fields with id %d: %s and %s", of, id, other, f.name)
		}
		seen[id] = f.name
	}
	return nil
}

// whole is the value of a whole number in the dialect: zeros before the digits make
// it octal in thriftgo and mean nothing in Apache's compiler. kind and name say whose
// number it is, if it has an owner; for thriftgo, an enum value of 09 is 0.
func (r *thriftReader) whole(text, kind, name string) (int64, error) {
	if !hasLeadingZero(text) {
		return thriftInteger(text)
	}
	var values [2]int64
	var errs [2]error
	values[DialectThriftgo], errs[DialectThriftgo] = thriftInteger(text)
	values[DialectApache], errs[DialectApache] = thriftDecimal(text)
	what := "the number " + quoteShort(text)
	if kind != "" {
		what = fmt.Sprintf("the number of %s %q", kind, name)
		errs[DialectThriftgo] = nil
	}
	chosen := r.file.dialect
	if errs[chosen] != nil {
		if chosen = 1 - chosen; errs[chosen] != nil {
			return 0, errs[1-chosen]
		}
	}
	readings := [2]string{}
	for d := range readings {
		if readings[d] = strconv.FormatInt(values[d], 10); errs[d] != nil {
			readings[d] = isAnError
		}
	}
	r.note(r.start, what, readings, chosen)
	return values[chosen], nil
}

// hasLeadingZero reports whether a whole number is written 010, not 0, 0x10 or 0o10.
func hasLeadingZero(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	return len(digits) > 1 && digits[0] == '0' && isDigit(digits[1])
}

func thriftDecimal(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s does not fit 64 bits", quoteShort(text))
	}
	return n, nil
}

// foreign is the error of a word that only Facebook's Thrift knows, nil for others.
func (r *thriftReader) foreign() error {
	word := r.text()
	switch word {
	case "package", "interaction", "@", "sink", "stream":
		return r.file.errorAt(r.start, "%q is fbthrift's (Facebook's Thrift), whose dialect neither Apache Thrift nor Kitex reads", word)
	}
	return nil
}
