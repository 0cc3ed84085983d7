package idl

import (
	"context"
	"errors"
	"io"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Join is several schemas as one. Each is asked in turn until one knows; the
// order is that of the arguments. It is an io.Closer that closes all of them.
func Join(schemas ...Schema) Schema {
	if len(schemas) == 1 {
		return schemas[0]
	}
	return joined(schemas)
}

type joined []Schema

// Services lists the services of all, sorted, each once. Schemas that cannot
// tell are left out as long as another can, but mistakes in IDL text are not
// passed over.
func (j joined) Services(ctx context.Context) ([]string, error) {
	var all []string
	var errs []error
	for _, s := range j {
		names, err := s.Services(ctx)
		if _, ok := errors.AsType[*ParseError](err); ok {
			return nil, err
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, names...)
	}
	if len(errs) > 0 && len(all) == 0 || ctx.Err() != nil {
		return nil, errors.Join(errs...)
	}
	return sortedSet(all), nil
}

// first asks each schema until one does not say that it does not know. The last
// answer then has the nearest names of all.
func first[T any](j joined, ask func(Schema) (T, error)) (got T, err error) {
	var unknown *NotFoundError
	var incomplete *IncompleteError
	var near []string
	none, remote := true, false
	for _, s := range j {
		got, err = ask(s)
		var missing *NotFoundError
		if incomplete == nil {
			_ = errors.As(err, &incomplete)
		}
		if !errors.As(err, &missing) {
			if err != nil && unknown != nil && isNoReflection(err) {
				err = unknown // the files' answer says more
			}
			return got, err
		}
		if unknown == nil {
			unknown = missing
		}
		near = append(near, missing.Nearest...)
		none, remote = none && missing.None, remote || missing.Remote
	}
	if incomplete != nil {
		return got, incomplete
	}
	if unknown != nil {
		merged := *unknown
		merged.Nearest = Nearest(unknown.Name, near)
		merged.None, merged.Remote = none, remote
		return got, &merged
	}
	return got, err
}

func isNoReflection(err error) bool {
	var none *NoReflectionError
	return errors.As(err, &none)
}

// Methods lists the methods of a service of the first schema that has it.
func (j joined) Methods(ctx context.Context, service string) ([]*Method, error) {
	list, err := first(j, func(s Schema) ([]*Method, error) { return s.Methods(ctx, service) })
	for _, m := range list {
		j.widen(ctx, m.Input)
		j.widen(ctx, m.Output)
	}
	return list, err
}

// Method finds a method in the first schema that has it. Of the two languages that
// files may be in none goes first: a short name that both have is ambiguous.
func (j joined) Method(ctx context.Context, name string) (*Method, error) {
	m, err := first(j, func(s Schema) (*Method, error) { return s.Method(ctx, name) })
	if err == nil && j.ofFiles() {
		m, err = j.only(ctx, m, name)
	}
	if err == nil {
		j.widen(ctx, m.Input)
		j.widen(ctx, m.Output)
	}
	return m, err
}

// ofFiles reports whether no server is asked.
func (j joined) ofFiles() bool {
	for _, s := range j {
		if s, ok := s.(*schema); ok && s.p.remote != nil {
			return false
		}
	}
	return true
}

// only is the one method that name means, of which m is the first: that with this
// very name, or the only one.
func (j joined) only(ctx context.Context, m *Method, name string) (*Method, error) {
	full := strings.Trim(name, "/")
	all := []string{m.FullName()}
	for _, s := range j {
		other, err := s.Method(ctx, name)
		if ambiguous, ok := errors.AsType[*AmbiguousError](err); ok {
			all = append(all, ambiguous.Candidates...)
		}
		if err != nil {
			continue
		}
		if all = append(all, other.FullName()); other.FullName() == full && m.FullName() != full {
			m = other
		}
	}
	if all = sortedSet(all); len(all) > 1 && m.FullName() != full {
		return nil, &AmbiguousError{Kind: "method", Name: name, Candidates: all}
	}
	return m, nil
}

// Message finds a message type in the first schema that has it.
func (j joined) Message(ctx context.Context, name string) (Message, error) {
	m, err := first(j, func(s Schema) (Message, error) { return s.Message(ctx, name) })
	if err == nil {
		j.widen(ctx, m)
	}
	return m, err
}

// Describe describes a symbol of the first schema that has it.
func (j joined) Describe(ctx context.Context, symbol string) (*Description, error) {
	return first(j, func(s Schema) (*Description, error) { return s.Describe(ctx, symbol) })
}

// Close closes those that can be.
func (j joined) Close() error {
	var errs []error
	for _, s := range j {
		if c, ok := s.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// widen lets the types of a message of one schema be found in all.
func (j joined) widen(ctx context.Context, m Message) {
	pm, ok := m.(*ProtoMessage)
	if !ok {
		return
	}
	all := joinedTypes{pm.Types}
	for _, s := range j {
		if s, ok := s.(*schema); ok {
			all = append(all, &types{s: s, ctx: ctx})
		}
	}
	pm.Types = all
}

// joinedTypes asks each in turn.
type joinedTypes []Types

func firstType[T any](j joinedTypes, ask func(Types) (T, error)) (got T, err error) {
	for _, t := range j {
		if got, err = ask(t); err == nil {
			return got, nil
		}
	}
	return got, err
}

// FindMessage finds a message by its full name.
func (j joinedTypes) FindMessage(name protoreflect.FullName) (protoreflect.MessageDescriptor, error) {
	return firstType(j, func(t Types) (protoreflect.MessageDescriptor, error) { return t.FindMessage(name) })
}

// FindExtension finds an extension by its full name.
func (j joinedTypes) FindExtension(name protoreflect.FullName) (protoreflect.ExtensionDescriptor, error) {
	return firstType(j, func(t Types) (protoreflect.ExtensionDescriptor, error) { return t.FindExtension(name) })
}

// FindExtensionByNumber finds an extension by what it extends.
func (j joinedTypes) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionDescriptor, error) {
	return firstType(j, func(t Types) (protoreflect.ExtensionDescriptor, error) {
		return t.FindExtensionByNumber(message, number)
	})
}
