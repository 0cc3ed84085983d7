package reflection

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
)

// index knows the files by what they declare.
type index struct {
	services   []string
	files      map[string]*descriptorpb.FileDescriptorProto
	symbols    map[string]string           // to files
	extensions map[string]map[int32]string // of a type, by number, to files
}

func newIndex() *index {
	return &index{
		files: map[string]*descriptorpb.FileDescriptorProto{}, symbols: map[string]string{}, extensions: map[string]map[int32]string{},
	}
}

// read reads the files of the services of a schema. One that is broken is left out.
func (x *index) read(ctx context.Context, schema idl.Schema) {
	services, err := schema.Services(ctx)
	if err != nil {
		return
	}
	for _, service := range services {
		if err := schema.Save(ctx, idl.SaveOptions{Take: x.add}, service); err == nil {
			x.services = append(x.services, service)
		}
	}
}

// add takes the files of a descriptor set.
func (x *index) add(set []byte) error {
	var files descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(set, &files); err != nil {
		return err
	}
	for _, f := range files.File {
		if x.files[f.GetName()] == nil {
			x.files[f.GetName()] = f
			x.declare(f)
		}
	}
	return nil
}

// declare notes what a file declares.
func (x *index) declare(f *descriptorpb.FileDescriptorProto) {
	scope := f.GetPackage()
	if scope != "" {
		scope += "."
	}
	for _, s := range f.Service {
		x.symbols[scope+s.GetName()] = f.GetName()
		for _, m := range s.Method {
			x.symbols[scope+s.GetName()+"."+m.GetName()] = f.GetName()
		}
	}
	x.enums(f, scope, f.EnumType)
	x.extended(f, scope, f.Extension)
	x.messages(f, scope, f.MessageType)
}

func (x *index) messages(f *descriptorpb.FileDescriptorProto, scope string, list []*descriptorpb.DescriptorProto) {
	for _, m := range list {
		name := scope + m.GetName()
		x.symbols[name] = f.GetName()
		inner := name + "."
		for _, field := range m.Field {
			x.symbols[inner+field.GetName()] = f.GetName()
		}
		for _, one := range m.OneofDecl {
			x.symbols[inner+one.GetName()] = f.GetName()
		}
		x.enums(f, inner, m.EnumType)
		x.extended(f, inner, m.Extension)
		x.messages(f, inner, m.NestedType)
	}
}

// enums notes enums, and their values, which are declared beside them.
func (x *index) enums(f *descriptorpb.FileDescriptorProto, scope string, list []*descriptorpb.EnumDescriptorProto) {
	for _, e := range list {
		x.symbols[scope+e.GetName()] = f.GetName()
		for _, v := range e.Value {
			x.symbols[scope+v.GetName()] = f.GetName()
		}
	}
}

func (x *index) extended(f *descriptorpb.FileDescriptorProto, scope string, list []*descriptorpb.FieldDescriptorProto) {
	for _, e := range list {
		x.symbols[scope+e.GetName()] = f.GetName()
		of := e.GetExtendee()
		if of != "" && of[0] == '.' {
			of = of[1:]
		}
		if x.extensions[of] == nil {
			x.extensions[of] = map[int32]string{}
		}
		x.extensions[of][e.GetNumber()] = f.GetName()
	}
}

// closure is a file and all that it imports, each once, the file first.
func (x *index) closure(name string) ([][]byte, error) {
	var list [][]byte
	seen := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		f := x.files[name]
		if f == nil || seen[name] {
			return nil
		}
		seen[name] = true
		raw, err := proto.Marshal(f)
		if err != nil {
			return err
		}
		list = append(list, raw)
		for _, dep := range f.Dependency {
			if err := add(dep); err != nil {
				return err
			}
		}
		return nil
	}
	return list, add(name)
}
