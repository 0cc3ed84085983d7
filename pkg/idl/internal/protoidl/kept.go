package protoidl

import (
	"slices"

	"github.com/jhump/protoreflect/desc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/cache"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// What the parser makes of texts is kept under a digest of these texts, their names and
// their order, which is all that the parser is given. So an entry cannot be out of date:
// files are read, and what is needed of them is cut out, on every run. Texts that do not
// compile are not kept, and what is printed for people is compiled each time, since only
// the parser knows comments.

// keeps reports whether what is made of a closure may be kept.
func (c *closure) keeps() bool {
	return c.p.cache != nil && !c.detail && !c.parsed && c.far == nil &&
		!slices.ContainsFunc(c.order, func(pt *part) bool { return pt.file.raw != nil })
}

// key is a digest of texts and the names of their files. Its first part changes when the
// parser or its options do.
func (t *texts) key() cache.Key {
	parts := make([]string, 0, 1+2*len(t.names))
	parts = append(parts, "protoparse 2")
	for _, name := range t.names {
		parts = append(parts, name, t.byName[name])
	}
	return cache.KeyOf(parts...)
}

// recall is what was kept, linked; nil where nothing was.
func (p *pool) recall(key cache.Key, t *texts) *unit {
	e, ok := p.cache.Get(key)
	if !ok {
		return nil
	}
	files, err := rawdesc.Files(e.Data)
	if err != nil || len(files) != len(t.names) {
		return nil
	}
	b := &builder{p: p, reg: &protoregistry.Files{}}
	u := &unit{files: make(map[string]protoreflect.FileDescriptor, len(files))}
	for _, raw := range files {
		fd, err := rawdesc.Decode(raw)
		if err != nil {
			return nil
		}
		file, err := linkSets(fd, b, false)
		if err != nil || b.reg.RegisterFile(file) != nil {
			return nil
		}
		if _, wanted := t.byName[file.Path()]; !wanted {
			return nil
		}
		u.files[file.Path()] = file
	}
	return u
}

// keep keeps compiled files. MessageSets, which link differently without the parser, are
// not kept.
func (p *pool) keep(key cache.Key, files encodedFiles) {
	p.cache.Put(key, func() ([]byte, error) {
		var set []byte
		for _, fd := range files() {
			if slices.ContainsFunc(fd.MessageType, hasSet) || slices.ContainsFunc(fd.Extension, beyondMax) {
				return nil, nil
			}
			raw, err := proto.Marshal(fd)
			if err != nil {
				return nil, err
			}
			set = rawdesc.AppendField(set, 1, raw)
		}
		return set, nil
	})
}

// inOrder are those of compiled files that are of the texts, each after those that it
// imports.
func (t *texts) inOrder(files []*desc.FileDescriptor) []*descriptorpb.FileDescriptorProto {
	var list []*descriptorpb.FileDescriptorProto
	seen := map[string]bool{}
	var add func(fd *desc.FileDescriptor)
	add = func(fd *desc.FileDescriptor) {
		if _, ours := t.byName[fd.GetName()]; !ours || seen[fd.GetName()] {
			return
		}
		seen[fd.GetName()] = true
		for _, dep := range fd.GetDependencies() {
			add(dep)
		}
		list = append(list, fd.AsFileDescriptorProto())
	}
	for _, fd := range files {
		add(fd)
	}
	return list
}
