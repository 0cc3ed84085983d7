package idl

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// lookupTime bounds one lookup through Types, which has no context of its own.
const lookupTime = 10 * time.Second

// types finds types in a schema, in the name of the request that ctx began.
type types struct {
	s   *schema
	ctx context.Context
}

func (t *types) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.ctx, lookupTime)
}

// FindMessage finds a message by its full name.
func (t *types) FindMessage(name protoreflect.FullName) (protoreflect.MessageDescriptor, error) {
	ctx, cancel := t.bounded()
	defer cancel()
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.s.message(ctx, string(name))
}

// FindExtension finds an extension by its full name.
func (t *types) FindExtension(name protoreflect.FullName) (protoreflect.ExtensionDescriptor, error) {
	ctx, cancel := t.bounded()
	defer cancel()
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.s.extension(ctx, string(name))
}

// FindExtensionByNumber finds an extension by what it extends.
func (t *types) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionDescriptor, error) {
	ctx, cancel := t.bounded()
	defer cancel()
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	d, err := t.s.p.findExtension(ctx, string(message), int32(number))
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, &NotFoundError{Kind: "extension of " + string(message), Name: strconv.Itoa(int(number))}
	}
	return t.s.extension(ctx, d.extensionName(ctx, t.s.p, string(message), int32(number)))
}

func (s *schema) extension(ctx context.Context, name string) (protoreflect.ExtensionDescriptor, error) {
	d, err := s.p.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, &NotFoundError{Kind: "extension", Name: name}
	}
	u, err := s.p.link(ctx, d, "", false)
	if err != nil {
		return nil, err
	}
	xd, ok := u.find(d.file, name).(protoreflect.ExtensionDescriptor)
	if !ok || !xd.IsExtension() {
		return nil, &NotFoundError{Kind: "extension", Name: name}
	}
	return xd, nil
}
