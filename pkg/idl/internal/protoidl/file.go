package protoidl

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
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
	outline *scanned // of src
	cutter  *rawFile // of raw
	// set is the descriptor set that raw came in, as the user knows it.
	set string
	// placeholder is a file that whoever sent it does not have itself.
	placeholder bool
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

	dirs     []string // where to look for imports
	resolved map[ref]*decl
	full     map[ref]string // what relative names in an encoded file mean
	aliases  []string       // other names it was imported by
}

// given reports whether the user named the file itself.
func (f *file) given() bool { return f.named && !f.found }

type importEdge struct {
	name   string
	public bool
	opened bool
	file   *file // nil where it is missing
}

// decl is one top-level declaration.
type decl struct {
	file *file
	kind declKind
	// name is full; of an extend block in source there is none.
	name, scope string
	extendee    string
	// bodyStart and bodyEnd are the braces in the source.
	bodyStart, bodyEnd int
	// raw and index are the element in an encoded file.
	raw   []byte
	index int

	inside *body
}

// look returns what is inside, looking at the first call.
func (d *decl) look() *body {
	if d.inside == nil {
		switch {
		case d.file.fd != nil:
			d.inside = &body{}
		case d.file.raw != nil:
			d.inside = rawBody(d)
		default:
			d.inside = scanBody(d.file.src, d)
		}
	}
	return d.inside
}

func (d *decl) declares(full string) bool {
	if d.name == full {
		return true
	}
	for _, n := range d.look().names {
		if n.name == full {
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
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(full))
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
