package thriftidl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// dialectNote is a difference, as a reader meets it.
type dialectNote struct {
	at       int
	what     string
	readings [2]string
	chosen   thrift.Dialect
}

// isAnError is the reading of a compiler that refuses something.
const isAnError = "an error"

// tell warns of the first difference among what is used.
func (s *Schema) tell(f *file, notes []dialectNote) {
	if len(notes) == 0 || s.told || s.differs == nil {
		return
	}
	s.told = true
	n := slices.MinFunc(notes, func(a, b dialectNote) int { return a.at - b.at })
	at := f.errorAt(n.at, "")
	s.differs(thrift.Difference{File: at.File, Line: at.Line, Col: at.Col, What: n.what, Readings: n.readings, Chosen: n.chosen})
}

// note keeps a difference, if it is one.
func (r *reader) note(at int, what string, readings [2]string, chosen thrift.Dialect) {
	if readings[0] != readings[1] {
		r.notes = append(r.notes, dialectNote{at, what, readings, chosen})
	}
}

// fieldIDs are the ids of a list of fields in one reading. In Apache's, a field
// without an id, or with one below 1, gets the next of -1, -2, ...
// (apache/thrift:compiler/cpp/src/thrift/thrifty.yy, FieldIdentifier); in
// thriftgo's, one without gets what follows the one before
// (cloudwego/thriftgo:parser/parser.go, parseField).
func fieldIDs(d thrift.Dialect, list []field) []int {
	ids := make([]int, len(list))
	next, auto := 1, -1
	for i := range list {
		f := &list[i]
		switch {
		case d == thrift.DialectApache && (!f.hasID || f.written <= 0):
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
func (r *reader) numbered(list []field, of string) error {
	chosen := r.file.dialect
	ids := fieldIDs(chosen, list)
	err := r.checkIDs(list, ids, of)
	if isPlain(list) {
		return err // both compilers read it so
	}
	other := fieldIDs(1-chosen, list)
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
func isPlain(list []field) bool {
	for i := range list {
		f := &list[i]
		if !f.hasID || f.written <= 0 {
			return false
		}
		f.id = int16(f.written)
	}
	return true
}

func (r *reader) noteID(f *field, chosen thrift.Dialect, id, other int, otherFails bool) {
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
func (r *reader) checkIDs(list []field, ids []int, of string) error {
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
func (r *reader) whole(text, kind, name string) (int64, error) {
	if !hasLeadingZero(text) {
		return integerOf(text)
	}
	var values [2]int64
	var errs [2]error
	values[thrift.DialectThriftgo], errs[thrift.DialectThriftgo] = integerOf(text)
	values[thrift.DialectApache], errs[thrift.DialectApache] = decimalOf(text)
	what := "the number " + quoteShort(text)
	if kind != "" {
		what = fmt.Sprintf("the number of %s %q", kind, name)
		errs[thrift.DialectThriftgo] = nil
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
	return len(digits) > 1 && digits[0] == '0' && source.IsDigit(digits[1])
}

func decimalOf(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s does not fit 64 bits", quoteShort(text))
	}
	return n, nil
}

// foreign is the error of a word that only Facebook's Thrift knows, nil for others.
func (r *reader) foreign() error {
	word := r.text()
	switch word {
	case "package", "interaction", "@", "sink", "stream":
		return r.file.errorAt(r.start, "%q is fbthrift's (Facebook's Thrift), whose dialect neither Apache Thrift nor Kitex reads", word)
	}
	return nil
}
