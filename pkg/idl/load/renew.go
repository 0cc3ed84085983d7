package load

import (
	"context"
	"sync"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoidl"
	"github.com/idlcall/idlcall/pkg/idl/internal/reflection"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Reflected is the schema of a server. What comes from the cache is held to be right
// until something does not fit: then the server is asked anew, for all of it, since files
// of two times do not go together.
//
// Its lock is for what follows it; it is not held while a schema is asked.
type Reflected struct {
	options ReflectOptions
	make    func(maxAge time.Duration) (*protoidl.Schema, *reflection.Kept)

	// first is what uses the cache; nil where that is not wanted.
	first *reflection.Kept

	mu      sync.Mutex
	now     *protoidl.Schema
	old     *protoidl.Schema // before it was renewed
	closed  bool
	doubted bool
}

func newReflected(of func(time.Duration) (*protoidl.Schema, *reflection.Kept), o ReflectOptions) *Reflected {
	r := &Reflected{options: o, make: of}
	r.now, r.first = of(o.MaxAge)
	return r
}

// schema is the one to ask.
func (r *Reflected) schema() *protoidl.Schema {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// Age is that of the oldest IDL that came from the cache; ok is false where none did, or
// the server has been asked since.
func (r *Reflected) Age() (age time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil || r.old != nil {
		return 0, false
	}
	return r.first.Age()
}

// Renew has the server asked for all that comes next if something came from the cache,
// and reports whether that is so. Descriptors that were returned stay as they are.
func (r *Reflected) Renew() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.old != nil:
		return true
	case r.first == nil || r.closed:
		return false
	}
	age, used := r.first.Age()
	if !used {
		return false
	}
	r.options.tell(CacheRenewed, age)
	r.old = r.now
	r.now, _ = r.make(0)
	return true
}

// Doubt says that IDL from the cache may have bent what cannot be done again. It is
// dropped.
func (r *Reflected) Doubt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil || r.doubted {
		return
	}
	if age, used := r.first.Age(); used {
		r.doubted = true
		r.first.Drop()
		r.options.tell(CacheDoubtful, age)
	}
}

// again asks a question, and once more if the answer came from the cache and is not good.
func again[T any](ctx context.Context, r *Reflected, ask func(*protoidl.Schema) (T, error)) (T, error) {
	s := r.schema()
	got, err := ask(s)
	if err == nil || ctx.Err() != nil || !r.suspect(err) || !r.Renew() {
		return got, err
	}
	if fresh := r.schema(); fresh != s {
		return ask(fresh)
	}
	return got, err
}

// suspect reports whether an error may be that of IDL from the cache.
func (r *Reflected) suspect(err error) bool {
	return r.first != nil && (r.first.Contradicts() || stream.OutcomeOf(err).Kind == stream.KindIDL)
}

// Services lists the services; see idl.Schema.
func (r *Reflected) Services(ctx context.Context) ([]string, error) {
	return again(ctx, r, func(s *protoidl.Schema) ([]string, error) { return s.Services(ctx) })
}

// Symbols lists the services; see idl.Schema.
func (r *Reflected) Symbols(ctx context.Context) ([]string, error) {
	return again(ctx, r, func(s *protoidl.Schema) ([]string, error) { return s.Symbols(ctx) })
}

// Methods lists the methods of a service; see idl.Schema.
func (r *Reflected) Methods(ctx context.Context, service string) ([]idl.MethodInfo, error) {
	return again(ctx, r, func(s *protoidl.Schema) ([]idl.MethodInfo, error) { return s.Methods(ctx, service) })
}

// Method finds a method; see idl.Schema.
func (r *Reflected) Method(ctx context.Context, name string) (*idl.Method, error) {
	return again(ctx, r, func(s *protoidl.Schema) (*idl.Method, error) {
		m, err := s.Method(ctx, name)
		if err == nil {
			r.lookAgain(m.Input, m.Output)
		}
		return m, err
	})
}

// Place says where a symbol stands in what has been asked for; see idl.Schema.
func (r *Reflected) Place(ctx context.Context, symbol string) (idl.Place, error) {
	return r.schema().Place(ctx, symbol)
}

// Message finds a message type; see idl.Schema.
func (r *Reflected) Message(ctx context.Context, name string) (idl.Message, error) {
	return again(ctx, r, func(s *protoidl.Schema) (idl.Message, error) {
		m, err := s.Message(ctx, name)
		if err == nil {
			r.lookAgain(m)
		}
		return m, err
	})
}

// lookAgain has the types of messages found here.
func (r *Reflected) lookAgain(list ...idl.Message) {
	for _, m := range list {
		if pm, ok := m.(*idl.ProtoMessage); ok {
			pm.Types = reflectedTypes{r}
		}
	}
}

// Describe returns a symbol; see idl.Schema.
func (r *Reflected) Describe(ctx context.Context, symbol string) (*idl.Description, error) {
	return again(ctx, r, func(s *protoidl.Schema) (*idl.Description, error) { return s.Describe(ctx, symbol) })
}

// Save writes files; see idl.Schema.
func (r *Reflected) Save(ctx context.Context, o idl.SaveOptions, symbols ...string) error {
	_, err := again(ctx, r, func(s *protoidl.Schema) (struct{}, error) { return struct{}{}, s.Save(ctx, o, symbols...) })
	return err
}

// Types finds types; see idl.Schema.
func (r *Reflected) Types() idl.Types { return reflectedTypes{r} }

// Close ends lookups and the streams to the server; see idl.Schema.
func (r *Reflected) Close(cause error) error {
	r.mu.Lock()
	r.closed = true
	now, old := r.now, r.old
	r.mu.Unlock()
	if old != nil {
		_ = old.Close(cause)
	}
	return now.Close(cause)
}

// reflectedTypes are the types of the schema that counts when they are asked for.
type reflectedTypes struct{ r *Reflected }

// FindMessage finds a message by its full name.
func (t reflectedTypes) FindMessage(name protoreflect.FullName) (protoreflect.MessageDescriptor, error) {
	return again(context.Background(), t.r, func(s *protoidl.Schema) (protoreflect.MessageDescriptor, error) { return s.Types().FindMessage(name) })
}

// FindExtension finds an extension by its full name.
func (t reflectedTypes) FindExtension(name protoreflect.FullName) (protoreflect.ExtensionDescriptor, error) {
	return again(context.Background(), t.r, func(s *protoidl.Schema) (protoreflect.ExtensionDescriptor, error) {
		return s.Types().FindExtension(name)
	})
}

// FindExtensionByNumber finds an extension by what it extends.
func (t reflectedTypes) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionDescriptor, error) {
	return again(context.Background(), t.r, func(s *protoidl.Schema) (protoreflect.ExtensionDescriptor, error) {
		return s.Types().FindExtensionByNumber(message, number)
	})
}
