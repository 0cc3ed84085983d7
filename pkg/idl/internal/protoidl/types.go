package protoidl

import (
	"context"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
)

// lookupTime bounds one lookup through Types, which has no context of its own.
const lookupTime = 10 * time.Second

// types finds types in a schema. Who looks something up has long returned to the caller
// that found the method, so that the context is the schema's own.
type types struct {
	s *Schema

	mu     sync.Mutex
	opened map[protoreflect.MessageDescriptor]*openMessage
}

func newTypes(s *Schema) *types {
	return &types{s: s, opened: map[protoreflect.MessageDescriptor]*openMessage{}}
}

// begin takes the schema for one lookup.
func (t *types) begin() (ctx context.Context, end func(), err error) {
	ctx, cancel := context.WithTimeout(t.s.open, lookupTime)
	ctx, done, err := t.s.begin(ctx)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return ctx, func() {
		done()
		cancel()
	}, nil
}

// FindMessage finds a message by its full name.
func (t *types) FindMessage(name protoreflect.FullName) (protoreflect.MessageDescriptor, error) {
	ctx, end, err := t.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	return t.s.message(ctx, string(name))
}

// FindExtension finds an extension by its full name.
func (t *types) FindExtension(name protoreflect.FullName) (protoreflect.ExtensionDescriptor, error) {
	ctx, end, err := t.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	return t.s.extension(ctx, string(name))
}

// FindExtensionByNumber finds an extension by what it extends.
func (t *types) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionDescriptor, error) {
	ctx, end, err := t.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	d, err := t.s.p.findExtension(ctx, string(message), int32(number))
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, &idl.NotFoundError{Kind: "extension of " + string(message), Name: strconv.Itoa(int(number))}
	}
	return t.s.extension(ctx, d.extensionName(ctx, t.s.p, string(message), int32(number)))
}

func (s *Schema) extension(ctx context.Context, name string) (protoreflect.ExtensionDescriptor, error) {
	d, err := s.p.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, &idl.NotFoundError{Kind: "extension", Name: name}
	}
	u, err := s.p.linkNear(ctx, d, "")
	if err != nil {
		return nil, err
	}
	xd, ok := u.find(d.file, name).(protoreflect.ExtensionDescriptor)
	if !ok || !xd.IsExtension() {
		return nil, &idl.NotFoundError{Kind: "extension", Name: name}
	}
	return s.types.field(u, nil, xd), nil
}
