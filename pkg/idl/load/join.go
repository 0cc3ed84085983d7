package load

import (
	"context"
	"errors"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Join is several schemas as one. Each is asked in turn until one knows; the order is
// that of the arguments. Types are found in all of them.
func Join(schemas ...idl.Schema) idl.Schema {
	if len(schemas) == 1 {
		return schemas[0]
	}
	return join(schemas...)
}

// joined is never changed, so that it needs no lock of its own.
type joined struct {
	schemas []idl.Schema
	types   *joinedTypes
}

func join(schemas ...idl.Schema) *joined {
	j := &joined{schemas: schemas, types: &joinedTypes{}}
	for _, s := range schemas {
		switch t := s.Types().(type) {
		case nil:
		case *joinedTypes:
			j.types.list = append(j.types.list, t.list...)
		default:
			j.types.list = append(j.types.list, t)
		}
	}
	return j
}

// Services lists the services of all, sorted, each once.
func (j *joined) Services(ctx context.Context) ([]string, error) {
	all, err := j.collect(ctx, idl.Schema.Services)
	return names.Sorted(all), err
}

// Symbols lists those of one schema after the other, each once.
func (j *joined) Symbols(ctx context.Context) ([]string, error) {
	all, err := j.collect(ctx, idl.Schema.Symbols)
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	}), err
}

// collect asks all schemas for lists of names. Schemas that cannot tell are left out as long
// as another can, but mistakes in IDL text are not passed over.
func (j *joined) collect(ctx context.Context, ask func(idl.Schema, context.Context) ([]string, error)) ([]string, error) {
	var all []string
	var errs []error
	for _, s := range j.schemas {
		names, err := ask(s, ctx)
		if _, ok := errors.AsType[*idl.ParseError](err); ok {
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
	return all, nil
}

// first asks each schema until one does not say that it does not know. The last
// answer then has the nearest names of all.
func first[T any](j *joined, ask func(idl.Schema) (T, error)) (got T, err error) {
	var unknown *idl.NotFoundError
	var incomplete *idl.IncompleteError
	var near []string
	none, remote := true, false
	for _, s := range j.schemas {
		got, err = ask(s)
		var missing *idl.NotFoundError
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
		merged.Nearest = idl.Nearest(unknown.Name, near)
		merged.None, merged.Remote = none, remote
		return got, &merged
	}
	return got, err
}

func isNoReflection(err error) bool {
	var none *idl.NoReflectionError
	return errors.As(err, &none)
}

// exact asks as first does, but prefers one of the files whose answer is what the name says in
// full to one that takes it for short: "Shop" is a service of Thrift rather than demo.Shop.
func exact[T any](j *joined, ask func(idl.Schema) (T, error), is func(T) bool) (T, error) {
	got, err := first(j, ask)
	if err != nil || is(got) {
		return got, err
	}
	for _, s := range j.schemas {
		if _, isServer := s.(*Reflected); isServer {
			continue
		}
		if other, err := ask(s); err == nil && is(other) {
			return other, nil
		}
	}
	return got, nil
}

// Methods lists the methods of a service of the first schema that has it.
func (j *joined) Methods(ctx context.Context, service string) ([]idl.MethodInfo, error) {
	is := func(list []idl.MethodInfo) bool { return len(list) > 0 && list[0].Service == service }
	return exact(j, func(s idl.Schema) ([]idl.MethodInfo, error) { return s.Methods(ctx, service) }, is)
}

// Method finds a method in the first schema that has it.
func (j *joined) Method(ctx context.Context, name string) (*idl.Method, error) {
	service, _, whole := strings.Cut(name, "/")
	is := func(m *idl.Method) bool { return !whole || m.Service == service }
	m, err := exact(j, func(s idl.Schema) (*idl.Method, error) { return s.Method(ctx, name) }, is)
	if err == nil {
		j.widen(m.Input)
		j.widen(m.Output)
	}
	return m, err
}

// bothLanguages are files in Protobuf and Thrift, of which none goes first.
type bothLanguages struct{ *joined }

// Method finds the one method that name means: that with this very name, or the only
// one. A short name that both languages have is ambiguous.
func (b bothLanguages) Method(ctx context.Context, name string) (*idl.Method, error) {
	m, err := b.joined.Method(ctx, name)
	if err != nil {
		return nil, err
	}
	full := strings.Trim(name, "/")
	all := []string{m.FullName()}
	for _, s := range b.schemas {
		other, err := s.Method(ctx, name)
		if ambiguous, ok := errors.AsType[*idl.AmbiguousError](err); ok {
			all = append(all, ambiguous.Candidates...)
		}
		if err != nil {
			continue
		}
		if all = append(all, other.FullName()); other.FullName() == full && m.FullName() != full {
			m = other
		}
	}
	if all = names.Sorted(all); len(all) > 1 && m.FullName() != full {
		return nil, &idl.AmbiguousError{Kind: "method", Name: name, Candidates: all}
	}
	return m, nil
}

// Place is that of the first schema that knows it.
func (j *joined) Place(ctx context.Context, symbol string) (idl.Place, error) {
	for _, s := range j.schemas {
		if p, err := s.Place(ctx, symbol); err != nil || p.File != "" {
			return p, err
		}
	}
	return idl.Place{}, nil
}

// Message finds a message type in the first schema that has it.
func (j *joined) Message(ctx context.Context, name string) (idl.Message, error) {
	m, err := first(j, func(s idl.Schema) (idl.Message, error) { return s.Message(ctx, name) })
	if err == nil {
		j.widen(m)
	}
	return m, err
}

// Describe describes a symbol of the first schema that has it.
func (j *joined) Describe(ctx context.Context, symbol string) (*idl.Description, error) {
	return first(j, func(s idl.Schema) (*idl.Description, error) { return s.Describe(ctx, symbol) })
}

// Save takes the first schema that has all of the symbols. Into a folder each writes
// what those before it do not have.
func (j *joined) Save(ctx context.Context, o idl.SaveOptions, symbols ...string) error {
	if len(symbols) == 1 || o.Take != nil || source.IsSetName(o.Dest) {
		_, err := first(j, func(s idl.Schema) (struct{}, error) { return struct{}{}, s.Save(ctx, o, symbols...) })
		return err
	}
	var err error
	for _, s := range j.schemas {
		err = s.Save(ctx, o, symbols...)
		broken, ok := errors.AsType[*idl.BrokenError](err)
		if !ok {
			return err
		}
		symbols = broken.Symbols
	}
	return err
}

// Close closes all.
func (j *joined) Close(cause error) error {
	var errs []error
	for _, s := range j.schemas {
		errs = append(errs, s.Close(cause))
	}
	return errors.Join(errs...)
}

// Types are those of all.
func (j *joined) Types() idl.Types { return j.types }

// widen lets the types of a message be found in all schemas, in its own first.
func (j *joined) widen(m idl.Message) {
	pm, ok := m.(*idl.ProtoMessage)
	if !ok {
		return
	}
	all := &joinedTypes{list: []idl.Types{pm.Types}}
	for _, t := range j.types.list {
		if t != pm.Types {
			all.list = append(all.list, t)
		}
	}
	pm.Types = all
}

// joinedTypes asks each in turn.
type joinedTypes struct{ list []idl.Types }

// firstType is the first answer, or the first error other than that a type is missing,
// if there is one.
func firstType[T any](j *joinedTypes, ask func(idl.Types) (T, error)) (got T, err error) {
	for _, t := range j.list {
		found, wrong := ask(t)
		if wrong == nil {
			return found, nil
		}
		if err == nil || names.IsMissing(err) {
			err = wrong
		}
	}
	return got, err
}

// FindMessage finds a message by its full name.
func (j *joinedTypes) FindMessage(name protoreflect.FullName) (protoreflect.MessageDescriptor, error) {
	return firstType(j, func(t idl.Types) (protoreflect.MessageDescriptor, error) { return t.FindMessage(name) })
}

// FindExtension finds an extension by its full name.
func (j *joinedTypes) FindExtension(name protoreflect.FullName) (protoreflect.ExtensionDescriptor, error) {
	return firstType(j, func(t idl.Types) (protoreflect.ExtensionDescriptor, error) { return t.FindExtension(name) })
}

// FindExtensionByNumber finds an extension by what it extends.
func (j *joinedTypes) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionDescriptor, error) {
	return firstType(j, func(t idl.Types) (protoreflect.ExtensionDescriptor, error) {
		return t.FindExtensionByNumber(message, number)
	})
}
