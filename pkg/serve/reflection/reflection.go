package reflection

import (
	"context"
	"embed"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// method is the one of both versions.
const method = "ServerReflectionInfo"

// Services are those of reflection itself.
func services() []string {
	return []string{"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
}

// Reflection answers for a schema.
type Reflection struct{ index func() *index }

// New answers for the services of a schema that are of Protobuf, for reflection itself, and for
// own, further IDL that is built in. ctx is that of lookups in the schema.
func New(ctx context.Context, schema idl.Schema, own ...load.Text) *Reflection {
	return &Reflection{sync.OnceValue(func() *index {
		x := newIndex()
		x.read(ctx, schema)
		builtIn, err := load.Files(ctx, load.Options{Strings: append(own, idls()...), Sound: true})
		if err == nil {
			x.read(ctx, builtIn)
		}
		slices.Sort(x.services)
		x.services = slices.Compact(x.services)
		return x
	})}
}

//go:embed *.proto
var files embed.FS

// idls are those of reflection.
func idls() []load.Text {
	var texts []load.Text
	for name, path := range map[string]string{"v1.proto": "grpc/reflection/v1/reflection.proto", "v1alpha.proto": "grpc/reflection/v1alpha/reflection.proto"} {
		if text, err := files.ReadFile(name); err == nil {
			texts = append(texts, load.Text{Name: path, Text: string(text)})
		}
	}
	return texts
}

// Find is for serve.Server: nil for all methods but those of reflection.
func (r *Reflection) Find(asked *stream.Method) serve.Handler {
	if asked.Name != method || asked.IsThrift() || asked.Protocol == stream.JSON || !slices.Contains(services(), asked.Service) {
		return nil
	}
	return r.answer
}

func (r *Reflection) answer(_ context.Context, s serve.ServerStream) error {
	x := r.index()
	var out []byte
	for {
		request, err := s.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		q, err := parse(request)
		if err != nil {
			return &stream.Status{Code: stream.InvalidArgument, Message: err.Error()}
		}
		field, body, err := x.ask(q)
		if err != nil {
			return err
		}
		out = answer(out[:0], request, field, body)
		if err := s.Send(out); err != nil {
			return err
		}
	}
}

// ask answers one question.
func (x *index) ask(q question) (protowire.Number, []byte, error) {
	switch q.field {
	case listServices:
		var body []byte
		for _, name := range x.services {
			body = appendBytes(body, 1, appendBytes(nil, 1, []byte(name)))
		}
		return servicesAnswer, body, nil
	case extensionNumbers:
		if x.symbols[q.name] == "" {
			return notFound("type", q.name)
		}
		body := appendBytes(nil, 1, []byte(q.name))
		for _, n := range slices.Sorted(maps.Keys(x.extensions[q.name])) {
			body = protowire.AppendVarint(protowire.AppendTag(body, 2, protowire.VarintType), uint64(n))
		}
		return extensionsAnswer, body, nil
	case byExtension:
		return x.file(x.extensions[q.name][q.ext], "extension", q.name)
	case bySymbol:
		return x.file(x.symbols[strings.TrimPrefix(q.name, ".")], "symbol", q.name)
	case byFilename:
		return x.file(q.name, "file", q.name)
	}
	return errorAnswer, failure(uint32(stream.InvalidArgument), "the request asks nothing"), nil
}

// file answers with a file and what it imports.
func (x *index) file(name, what, asked string) (protowire.Number, []byte, error) {
	if x.files[name] == nil {
		return notFound(what, asked)
	}
	list, err := x.closure(name)
	if err != nil {
		return 0, nil, err
	}
	var body []byte
	for _, raw := range list {
		body = appendBytes(body, 1, raw)
	}
	return filesAnswer, body, nil
}

func notFound(what, name string) (protowire.Number, []byte, error) {
	return errorAnswer, failure(uint32(stream.NotFound), what+" "+name+" not found"), nil
}
