package protoidl

import (
	"context"
	"slices"
	"strings"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// Place finds a symbol in the texts of files; see idl.Schema.
func (s *Schema) Place(ctx context.Context, symbol string) (idl.Place, error) {
	_, end, err := s.begin(ctx)
	if err != nil {
		return idl.Place{}, err
	}
	defer end()
	full := strings.ReplaceAll(strings.Trim(symbol, "./"), "/", ".")
	for head := full; head != ""; head = names.Parent(head) {
		if d := s.p.symbols[head]; d != nil {
			at := d.file.place(full)
			at.Kind = declKind(d.Kind)
			return at, nil
		}
	}
	return idl.Place{}, nil
}

// declKind names a kind of declaration.
func declKind(k protoscan.Kind) string {
	switch k {
	case protoscan.Message:
		return "message"
	case protoscan.Enum:
		return "enum"
	case protoscan.Service:
		return "service"
	case protoscan.Extend:
		return "extend"
	}
	return ""
}

// place is that of a symbol, or of what is around it.
func (f *file) place(full string) idl.Place {
	if f.places == nil {
		f.places = placesIn(f.located())
	}
	for head := full; head != ""; head = names.Parent(head) {
		if p, ok := f.places[head]; ok {
			p.File = f.shown
			return p
		}
	}
	return idl.Place{File: f.shown}
}

// located is a file with the places of what is in it; nil where there is none.
func (f *file) located() *descriptorpb.FileDescriptorProto {
	if f.raw != nil {
		fd := &descriptorpb.FileDescriptorProto{}
		if proto.Unmarshal(f.raw, fd) != nil {
			return nil
		}
		return fd
	}
	if f.src == "" || protoscan.CheckDepth(f.shown, f.src) != nil {
		return nil
	}
	parser := protoparse.Parser{
		AllowExperimentalEditions: true,
		IncludeSourceCodeInfo:     true,
		Accessor:                  protoparse.FileContentsFromMap(map[string]string{f.name: f.src}),
	}
	parsed, err := parser.ParseFilesButDoNotLink(f.name)
	if err != nil || len(parsed) != 1 {
		return nil
	}
	return parsed[0]
}

// placesIn are the places of all symbols of a file, by full name; enum values have that of
// their enum before them.
func placesIn(fd *descriptorpb.FileDescriptorProto) map[string]idl.Place {
	w := &placeWalk{at: map[string]idl.Place{}, places: map[string]idl.Place{}}
	for _, l := range fd.GetSourceCodeInfo().GetLocation() {
		if len(l.Span) >= 3 {
			w.at[pathKey(l.Path)] = idl.Place{Line: int(l.Span[0]) + 1, Col: int(l.Span[1]) + 1}
		}
	}
	pkg := fd.GetPackage()
	for i, m := range fd.GetMessageType() {
		w.message(pkg, m, []int32{4, int32(i)})
	}
	for i, e := range fd.GetEnumType() {
		w.enum(pkg, e, []int32{5, int32(i)})
	}
	for i, s := range fd.GetService() {
		name := joinName(pkg, s.GetName())
		w.add(name, []int32{6, int32(i)})
		for j, m := range s.Method {
			w.add(joinName(name, m.GetName()), []int32{6, int32(i), 2, int32(j)})
		}
	}
	return w.places
}

// placeWalk follows the numbers that descriptor.proto gives to what is in a file: they are
// the paths of SourceCodeInfo.
type placeWalk struct {
	at, places map[string]idl.Place // by path, by name
}

func pathKey(path []int32) string {
	key := make([]byte, 0, 4*len(path))
	for _, n := range path {
		key = append(key, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return string(key)
}

func (w *placeWalk) add(name string, path []int32) {
	if p, ok := w.at[pathKey(path)]; ok {
		w.places[name] = p
	}
}

func (w *placeWalk) message(scope string, m *descriptorpb.DescriptorProto, path []int32) {
	name := joinName(scope, m.GetName())
	w.add(name, path)
	below := func(field, i int) []int32 { return append(slices.Clip(path), int32(field), int32(i)) }
	for i, f := range m.Field {
		w.add(joinName(name, f.GetName()), below(2, i))
	}
	for i, n := range m.NestedType {
		w.message(name, n, below(3, i))
	}
	for i, e := range m.EnumType {
		w.enum(name, e, below(4, i))
	}
}

func (w *placeWalk) enum(scope string, e *descriptorpb.EnumDescriptorProto, path []int32) {
	name := joinName(scope, e.GetName())
	w.add(name, path)
	for i, v := range e.Value {
		w.add(joinName(name, v.GetName()), append(slices.Clip(path), 2, int32(i)))
	}
}

func joinName(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}
