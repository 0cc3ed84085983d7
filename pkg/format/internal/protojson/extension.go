package protojson

import (
	"errors"
	"maps"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
)

// extensions are what is known of the extensions of a message type.
type extensions struct {
	// found is read without a lock: it is copied when one is added.
	found atomic.Pointer[map[protowire.Number]*field]

	mu     sync.Mutex
	absent map[protowire.Number]bool // numbers that no extension has
}

// maxAbsent bounds the numbers that a peer can make a program remember.
const maxAbsent = 1 << 14

// finder finds fields for one decoder. It remembers what could not be looked up, so
// that a source that fails is asked once for each number and not for each record; a
// program remembers only what it knows.
type finder struct {
	*types
	failed map[numbered]bool
}

type numbered struct {
	m   *message
	num protowire.Number
}

func newFinder(t *types) *finder { return &finder{types: t} }

// number finds a field or extension by its number, nil if there is none.
func (m *message) number(t *finder, num protowire.Number) *field {
	if int(num) < len(m.low) && m.low[num] != nil {
		return m.low[num]
	}
	if f := m.byNumber[num]; f != nil {
		return f
	}
	if !m.desc.ExtensionRanges().Has(num) {
		return nil
	}
	if f := m.extended.get(num); f != nil || m.extended.isAbsent(num) || t.failed[numbered{m, num}] {
		return f
	}
	d, err := t.find.FindExtensionByNumber(m.desc.FullName(), num)
	if err != nil {
		t.miss(m, num, err)
		return nil
	}
	return m.extend(t.types, d)
}

// miss remembers that there is no extension, or that it could not be found.
func (t *finder) miss(m *message, num protowire.Number, err error) {
	if _, unknown := errors.AsType[*idl.NotFoundError](err); unknown && m.extended.setAbsent(num) {
		return
	}
	if t.failed == nil {
		t.failed = map[numbered]bool{}
	}
	t.failed[numbered{m, num}] = true
}

// extension finds an extension of m by its full name.
func (m *message) extension(t *types, name protoreflect.FullName) (*field, error) {
	d, err := t.find.FindExtension(name)
	if err != nil {
		return nil, err
	}
	if d.ContainingMessage().FullName() != m.desc.FullName() {
		return nil, &idl.NotFoundError{Kind: "extension", Name: string(name), In: string(m.desc.FullName())}
	}
	if f := m.extended.get(d.Number()); f != nil {
		return f, nil
	}
	return m.extend(t, d), nil
}

// extend adds an extension, unless it has been added meanwhile.
func (m *message) extend(t *types, d protoreflect.ExtensionDescriptor) *field {
	x := &m.extended
	x.mu.Lock()
	defer x.mu.Unlock()
	found := map[protowire.Number]*field{}
	if known := x.found.Load(); known != nil {
		if f := (*known)[d.Number()]; f != nil {
			return f
		}
		found = maps.Clone(*known)
	}
	f := new(field)
	t.fill(f, d, len(m.fields)+len(found))
	if m.messageSet {
		f.form = inSet
	}
	found[f.num] = f
	x.found.Store(&found)
	return f
}

func (x *extensions) get(num protowire.Number) *field {
	if found := x.found.Load(); found != nil {
		return (*found)[num]
	}
	return nil
}

func (x *extensions) isAbsent(num protowire.Number) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.absent[num]
}

// setAbsent reports whether there was room for the number.
func (x *extensions) setAbsent(num protowire.Number) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.absent) >= maxAbsent {
		return false
	}
	if x.absent == nil {
		x.absent = map[protowire.Number]bool{}
	}
	x.absent[num] = true
	return true
}
