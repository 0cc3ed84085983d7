package protoidl

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// file is one IDL file: proto source (src), an encoded FileDescriptorProto (raw)
// or one that is linked into the program (fd).
type file struct {
	name  string // unique in the pool; what other files import
	shown string // as the user knows it, for errors
	path  string // on disk, absolute; "" where it is not
	named bool   // by the user, not through an import
	found bool   // in a folder that the user named
	// inline text is one of Options.Strings.
	inline bool
	// parsed says that the whole text is known to be without syntax errors.
	parsed bool

	src string
	raw []byte
	fd  protoreflect.FileDescriptor

	pkg     string
	outline *protoscan.Outline // of src or raw
	// set is the descriptor set that raw came in, as the user knows it.
	set string
	// mended says that raw does not link as it is, but does so repaired.
	mended bool
	// told says that a warning has told what is wrong with it.
	told bool
	// beyond says that a warning has told of extensions that are left out.
	beyond  bool
	imports []*importEdge
	decls   []*decl
	own     map[string]*decl // top-level declarations and extensions
	odd     bool
	places  map[string]idl.Place // of its symbols, once somebody has asked

	dirs     []string // where to look for imports
	resolved map[protoscan.Ref]*decl
	full     map[protoscan.Ref]string // what relative names in an encoded file mean
	aliases  []string                 // other names it was imported by
}

// given reports whether the user named the file itself.
func (f *file) given() bool { return f.named && !f.found }

// outlined gives a file what its outline says.
func (f *file) outlined(o *protoscan.Outline) {
	f.outline = o
	f.pkg, f.odd = o.Pkg, o.Odd
	for _, imp := range o.Imports {
		f.imports = append(f.imports, &importEdge{name: imp.Name, public: imp.Public})
	}
	all := make([]decl, len(o.Decls))
	for i := range o.Decls {
		all[i] = decl{Decl: &o.Decls[i], file: f}
		f.decls = append(f.decls, &all[i])
	}
}

// encoded is the file that an encoded descriptor describes.
func encoded(raw []byte) (*file, error) {
	o, err := protoscan.Encoded(raw)
	if err != nil {
		return nil, err
	}
	f := &file{name: o.Name, raw: raw}
	f.outlined(o)
	return f, nil
}

type importEdge struct {
	name   string
	public bool
	opened bool
	file   *file // nil where it is missing
}

// decl is one top-level declaration.
type decl struct {
	*protoscan.Decl
	file   *file
	inside *protoscan.Body
}

// kindBuiltin, which no scanner finds, is all of a file that is linked into the program.
const kindBuiltin protoscan.Kind = 255

func (d *decl) builtin() bool { return d.Kind == kindBuiltin }

// look returns what is inside, looking at the first call.
func (d *decl) look() *protoscan.Body {
	if d.inside == nil {
		if d.builtin() {
			d.inside = &protoscan.Body{}
		} else {
			d.inside = d.Body(d.file.src)
		}
	}
	return d.inside
}

func (d *decl) declares(full string) bool {
	if d.Name == full {
		return true
	}
	for _, n := range d.look().Names {
		if n.Name == full {
			return true
		}
	}
	return false
}

func (f *file) alias(name string) {
	if name != f.name {
		f.aliases = append(f.aliases, name)
	}
}

// lookup finds what a file itself declares, nested names included; nil if it
// does not.
func (f *file) lookup(full string) *decl {
	if f.fd != nil {
		d, err := findGlobal(protoreflect.FullName(full))
		if err != nil || d.ParentFile().Path() != f.name {
			return nil
		}
		return f.decls[0]
	}
	return prefixed(f.own, full)
}

// prefixed finds the declaration that is or contains a name.
func prefixed(m map[string]*decl, full string) *decl {
	for head := full; ; {
		if d := m[head]; d != nil && (head == full || d.declares(full)) {
			return d
		}
		dot := strings.LastIndexByte(head, '.')
		if dot < 0 {
			return nil
		}
		head = head[:dot]
	}
}
