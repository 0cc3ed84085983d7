package protoidl

import (
	"io"
	"strings"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoplain"
)

// What a call needs of plain source is linked by protodesc, from the descriptors that
// the parser makes of the text. protoparse's own linker takes several times as long and
// as much memory, since it can say what stands where. It does what remains: files that
// protoplain.Check does not take, and everything that fails, so that mistakes are told by it
// and nobody else.

// quick is such a linking.
type quick struct {
	far    bool // there may be types that are not there
	protos map[string]*descriptorpb.FileDescriptorProto
	reg    *protoregistry.Files
	pkgs   []string // of the files, and of the well-known ones
	busy   map[string]bool
	order  []protoreflect.FileDescriptor // each after those it imports
}

// takesQuick reports whether a closure is of source alone, and wanted for programs.
func (c *closure) takesQuick() bool {
	if c.detail || c.parsed || c.custom || c.base != nil {
		return false
	}
	for _, pt := range c.order {
		if pt.file.raw != nil {
			return false
		}
	}
	return true
}

// linkQuick links texts; nil where that is for protoparse to do.
func (p *pool) linkQuick(c *closure, t *texts) (u *unit, files encodedFiles) {
	defer func() {
		if recover() != nil {
			u, files = nil, nil
		}
	}()
	protos, err := t.descriptors()
	if err != nil {
		return nil, nil
	}
	q := &quick{far: c.far != nil, reg: &protoregistry.Files{}, pkgs: []string{protoplain.WellKnown}, busy: map[string]bool{}}
	q.protos = make(map[string]*descriptorpb.FileDescriptorProto, len(protos))
	for _, fd := range protos {
		if !protoplain.Check(fd) {
			return nil, nil
		}
		if c.far != nil {
			c.pointFar(fd, t.parts[fd.GetName()].file)
		}
		q.protos[fd.GetName()] = fd
		q.pkgs = append(q.pkgs, fd.GetPackage())
	}
	u = &unit{files: make(map[string]protoreflect.FileDescriptor, len(protos)), far: c.far}
	for _, name := range t.names {
		if u.files[name] = q.link(name); u.files[name] == nil {
			return nil, nil
		}
	}
	return u, q.encoded
}

// descriptors parses the texts by themselves. Options stay uninterpreted. What protoparse would
// refuse of plain ones before they are linked, protodesc does.
func (t *texts) descriptors() ([]*descriptorpb.FileDescriptorProto, error) {
	var list []*descriptorpb.FileDescriptorProto
	var rest []string
	for _, name := range t.names {
		if fd := protoplain.Parse(name, t.byName[name]); fd != nil {
			list = append(list, fd)
		} else {
			rest = append(rest, name)
		}
	}
	if len(rest) == 0 {
		return list, nil
	}
	parser := protoparse.Parser{
		Accessor:                  func(name string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(t.byName[name])), nil },
		ValidateUnlinkedFiles:     true,
		AllowExperimentalEditions: true,
	}
	others, err := parser.ParseFilesButDoNotLink(rest...)
	return append(list, others...), err
}

// link links a file and what it imports, once; nil where it cannot.
func (q *quick) link(name string) protoreflect.FileDescriptor {
	if file, err := q.reg.FindFileByPath(name); err == nil {
		return file
	}
	fd := q.protos[name]
	if fd == nil || q.busy[name] {
		return nil
	}
	q.busy[name] = true
	for _, dep := range fd.Dependency {
		if _, err := findGlobalFile(dep); q.protos[dep] == nil && err == nil {
			continue
		}
		if q.link(dep) == nil {
			return nil
		}
	}
	file, err := protodesc.FileOptions{AllowUnresolvable: q.far}.New(fd, &builder{reg: q.reg})
	if err != nil || q.reg.RegisterFile(file) != nil || !q.sameNames(fd, file) {
		return nil
	}
	q.order = append(q.order, file)
	return file
}

// sameNames reports whether names of several parts in a file mean the same by the rules
// of the language, by which the innermost scope that has the first part decides;
// protodesc looks for the whole name. What may not be packed it refuses here, too.
func (q *quick) sameNames(fd *descriptorpb.FileDescriptorProto, file protoreflect.FileDescriptor) bool {
	for i, s := range fd.Service {
		linked := file.Services().Get(i)
		for j, m := range s.Method {
			scope, method := string(linked.FullName()), linked.Methods().Get(j)
			if !q.sameName(scope, m.GetInputType(), method.Input()) || !q.sameName(scope, m.GetOutputType(), method.Output()) {
				return false
			}
		}
	}
	return q.sameInside(fd.MessageType, file.Messages())
}

func (q *quick) sameInside(list []*descriptorpb.DescriptorProto, linked protoreflect.MessageDescriptors) bool {
	for i, m := range list {
		md := linked.Get(i)
		for j, f := range m.Field {
			if f.GetOptions().GetPacked() && md.Fields().Get(j).Message() != nil {
				return false
			}
			if !strings.Contains(f.GetTypeName(), ".") {
				continue
			}
			var to protoreflect.Descriptor = md.Fields().Get(j).Enum()
			if inner := md.Fields().Get(j).Message(); inner != nil {
				to = inner
			}
			if !q.sameName(string(md.FullName()), f.GetTypeName(), to) {
				return false
			}
		}
		if !q.sameInside(m.NestedType, md.Messages()) {
			return false
		}
	}
	return true
}

func (q *quick) sameName(scope, ref string, to protoreflect.Descriptor) bool {
	first, _, several := strings.Cut(ref, ".")
	if first == "" || !several {
		return true
	}
	outer := strings.TrimSuffix(strings.TrimSuffix(string(to.FullName()), ref), ".")
	for ; scope != outer && scope != ""; scope = names.Parent(scope) {
		if q.has(names.Join(scope, first)) {
			return false
		}
	}
	return true
}

// has reports whether a name is a declaration, or a package or the beginning of one.
func (q *quick) has(full string) bool {
	if _, err := (&builder{reg: q.reg}).FindDescriptorByName(protoreflect.FullName(full)); err == nil {
		return true
	}
	for _, pkg := range q.pkgs {
		if pkg == full || strings.HasPrefix(pkg, full+".") {
			return true
		}
	}
	return false
}

// encoded are the linked files.
func (q *quick) encoded() []*descriptorpb.FileDescriptorProto {
	list := make([]*descriptorpb.FileDescriptorProto, len(q.order))
	for i, file := range q.order {
		list[i] = protodesc.ToFileDescriptorProto(file)
	}
	return list
}
