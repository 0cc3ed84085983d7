package protoidl

import (
	"context"
	_ "embed"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/idlcall/idlcall/pkg/idl/internal/features" // linked into the program like the well-known types
	"github.com/idlcall/idlcall/pkg/idl/internal/protoplain"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// The well-known types are linked into the program with protobuf itself.
// google.rpc.*, and of google.api what is about HTTP and fields, come with it as
// descriptor sets, indexed when first asked for; they are made from the sources in
// load/testdata (see TestBuiltinSets).
//
//go:embed googlerpc.binpb
var googleRPC []byte

//go:embed googleapi.binpb
var googleAPI []byte

// addGoogle adds the set that a name is in, the name of a file or of a symbol.
func (p *pool) addGoogle(name string) {
	switch {
	case !p.rpc && strings.HasPrefix(name, "google/rpc/"):
		p.rpc = true
		p.addSet(googleRPC)
	case !p.api && strings.HasPrefix(name, "google/api/"):
		p.api = true
		p.addSet(googleAPI)
	}
}

func (p *pool) addSet(set []byte) {
	files, err := rawdesc.Files(set)
	if err != nil {
		return
	}
	for _, raw := range files {
		f, err := encoded(raw)
		if err == nil && p.byName[f.name] == nil {
			f.shown = f.name
			p.add(f)
		}
	}
}

// findBuiltin finds what the program brings along. A file of the user's with the
// same name has been found before, or wins when it is read here.
func (p *pool) findBuiltin(ctx context.Context, full string) (*decl, error) {
	switch {
	case strings.HasPrefix(full, "google.protobuf."):
		return p.globalDecl(ctx, full)
	case strings.HasPrefix(full, "google.rpc."), strings.HasPrefix(full, "google.api."):
		var d *decl
		found := func(f *file) bool { d = f.lookup(full); return d != nil }
		if err := p.readWhile(ctx, full, 1, found); d != nil || err != nil {
			return d, err
		}
		p.addGoogle(strings.ReplaceAll(full, ".", "/"))
		return prefixed(p.symbols, full), nil
	}
	return nil, nil
}

func (p *pool) globalDecl(ctx context.Context, full string) (*decl, error) {
	name := globalFile(full)
	if name == "" {
		return nil, nil
	}
	f := p.byName[name]
	if f == nil {
		for _, s := range p.unread {
			if s.name == name { // the user's own, as a file or an import
				var err error
				if f, err = p.openUnread(ctx, s); err != nil {
					return nil, err
				}
				break
			}
		}
	}
	if f == nil {
		f = p.addBuiltin(name)
	}
	if f == nil {
		return nil, nil
	}
	return f.lookup(full), nil
}

// globalFile is the well-known file that declares a name; "" if none does.
func globalFile(full string) string {
	d, err := findGlobal(protoreflect.FullName(full))
	if err != nil || !builtinName(d.ParentFile().Path()) {
		return ""
	}
	return d.ParentFile().Path()
}

func builtinName(name string) bool { return strings.HasPrefix(name, "google/protobuf/") }

// findGlobalFile finds a file that is linked into the program. The first lookup
// costs an index of all there is, which most calls can do without.
func findGlobalFile(path string) (protoreflect.FileDescriptor, error) {
	if !builtinName(path) {
		return nil, protoregistry.NotFound
	}
	return protoregistry.GlobalFiles.FindFileByPath(path)
}

// findGlobal finds what such a file declares. pb is the package of features of editions.
func findGlobal(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	if !strings.HasPrefix(string(name), protoplain.WellKnown+".") && !strings.HasPrefix(string(name), "pb.") {
		return nil, protoregistry.NotFound
	}
	return protoregistry.GlobalFiles.FindDescriptorByName(name)
}
