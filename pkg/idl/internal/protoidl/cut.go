package protoidl

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoprint"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// cutRaw builds the part of an encoded file that a closure needs, with exactly
// the imports that this part needs. detail keeps comments.
func cutRaw(f *file, part *part, detail bool) (*descriptorpb.FileDescriptorProto, error) {
	out := rawdesc.AppendField(nil, 1, []byte(f.name))
	out = append(out, header(f.outline.Header, detail)...)
	for i, name := range part.usedNames() {
		out = rawdesc.AppendField(out, 3, []byte(name))
		if f.passesOn(name) {
			out = protowire.AppendVarint(protowire.AppendTag(out, 10, protowire.VarintType), uint64(i))
		}
	}
	moved := map[[2]int32]int32{} // (field, index) -> new index
	counts := map[protoscan.Kind]int32{}
	methods := map[int32]map[int32]int32{} // of services by their new index
	for _, d := range f.decls {
		if part.hasStub(d) {
			out = rawdesc.AppendField(out, protowire.Number(d.Kind)+4, appendStub(nil, d, d.Name, d.Kind))
			counts[d.Kind]++
			continue
		}
		if !part.has(d) {
			continue
		}
		field, index := int32(d.Kind)+4, counts[d.Kind]
		moved[[2]int32{field, int32(d.Index)}] = index
		counts[d.Kind]++
		raw := d.Raw
		if only := part.methods[d]; d.Kind == protoscan.Service && only != nil {
			raw, methods[index] = cutService(raw, only)
		}
		out = rawdesc.AppendField(out, protowire.Number(field), raw)
	}
	// Custom options stay bytes here; who prints them knows their types.
	fd, err := rawdesc.Decode(out)
	if err != nil {
		return nil, &idl.DescriptorError{File: f.shown, Err: err}
	}
	if len(f.full) > 0 {
		f.qualifyFile(fd)
	}
	if detail {
		fd.SourceCodeInfo = cutSource(f.outline.Source, moved, methods)
	}
	return fd, nil
}

// header is the header of a part. Of the options of a file, programs need features, and
// nobody decodes any others for them.
func header(b []byte, detail bool) []byte {
	if detail {
		return b
	}
	var out []byte
	err := rawdesc.Walk(b, func(n protowire.Number, val []byte, num uint64) error {
		switch {
		case n == 8 && !hasFeatures(val):
		case val != nil:
			out = rawdesc.AppendField(out, n, val)
		default:
			out = protowire.AppendVarint(protowire.AppendTag(out, n, protowire.VarintType), num)
		}
		return nil
	})
	if err != nil {
		return b
	}
	return out
}

func hasFeatures(options []byte) bool {
	found := false
	err := rawdesc.Walk(options, func(n protowire.Number, _ []byte, _ uint64) error {
		found = found || n == 50
		return nil
	})
	return found || err != nil
}

// qualifyFile makes the relative names in a file absolute.
func (f *file) qualifyFile(fd *descriptorpb.FileDescriptorProto) {
	for _, x := range fd.Extension {
		f.qualifyField(x, f.pkg)
	}
	for _, m := range fd.MessageType {
		f.qualifyMessage(m, f.pkg)
	}
	for _, s := range fd.Service {
		scope := names.Join(f.pkg, s.GetName())
		for _, m := range s.Method {
			f.qualifyName(m.InputType, scope)
			f.qualifyName(m.OutputType, scope)
		}
	}
}

func (f *file) qualifyMessage(m *descriptorpb.DescriptorProto, scope string) {
	scope = names.Join(scope, m.GetName())
	for _, field := range m.Field {
		f.qualifyField(field, scope)
	}
	for _, x := range m.Extension {
		f.qualifyField(x, scope)
	}
	for _, inner := range m.NestedType {
		f.qualifyMessage(inner, scope)
	}
}

func (f *file) qualifyField(field *descriptorpb.FieldDescriptorProto, scope string) {
	f.qualifyName(field.TypeName, scope)
	f.qualifyName(field.Extendee, scope)
}

func (f *file) qualifyName(name *string, scope string) {
	if name == nil {
		return
	}
	if full := f.full[protoscan.Ref{Name: *name, Scope: scope}]; full != "" {
		*name = full
	}
}

// nameJSON writes the JSON names that fields have by themselves, as protoc does:
// protoparse takes all that are missing for the same.
func nameJSON(fields []*descriptorpb.FieldDescriptorProto, messages []*descriptorpb.DescriptorProto) {
	for _, f := range fields {
		if f.JsonName == nil {
			f.JsonName = new(protoprint.JSONName(f.GetName()))
		}
	}
	for _, m := range messages {
		nameJSON(m.Extension, m.NestedType)
		nameJSON(m.Field, nil)
	}
}

// passesOn reports whether a file imports another publicly.
func (f *file) passesOn(name string) bool {
	for _, e := range f.imports {
		if e.public && (e.name == name || e.file != nil && e.file.name == name) {
			return true
		}
	}
	return false
}

// cutService drops the methods that are not in only.
func cutService(raw []byte, only map[string]bool) (out []byte, moved map[int32]int32) {
	moved = map[int32]int32{}
	var at int32
	_ = rawdesc.Walk(raw, func(n protowire.Number, val []byte, num uint64) error {
		switch {
		case n == 2:
			if only[rawdesc.Name(val)] {
				moved[at] = int32(len(moved))
				out = rawdesc.AppendField(out, n, val)
			}
			at++
		case val != nil:
			out = rawdesc.AppendField(out, n, val)
		}
		return nil
	})
	return out, moved
}

// cutSource keeps the locations, and with them the comments, of what is left.
func cutSource(raw []byte, moved map[[2]int32]int32, methods map[int32]map[int32]int32) *descriptorpb.SourceCodeInfo {
	info := &descriptorpb.SourceCodeInfo{}
	if len(raw) == 0 || proto.Unmarshal(raw, info) != nil {
		return nil
	}
	kept := info.Location[:0]
	for _, loc := range info.Location {
		path := loc.Path
		if len(path) >= 1 && path[0] == 3 {
			continue // imports have moved
		}
		if len(path) >= 2 && path[0] >= 4 && path[0] <= 7 {
			to, ok := moved[[2]int32{path[0], path[1]}]
			if !ok {
				continue
			}
			path[1] = to
			if left := methods[to]; path[0] == 6 && left != nil && len(path) >= 4 && path[2] == 2 {
				if path[3], ok = left[path[3]]; !ok {
					continue
				}
			}
		}
		kept = append(kept, loc)
	}
	info.Location = kept
	return info
}
