package thriftidl

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// file is one Thrift source text with the index of what it declares.
type file struct {
	// key is the path on disk, absolute, or the name of a string, cleaned.
	key string
	// shown is the file as the user would write it.
	shown string
	disk  bool
	// prefix is what other files put before its names: its own name without
	// folder and extension. Texts without a name have none.
	prefix string
	src    string
	// dialect is whose reading counts.
	dialect thrift.Dialect
	warned  bool // of a prefix that two includes have
	// named says that the user named the file; others are included.
	named    bool
	includes []*include
	decls    []*decl // in order
	byName   map[key]*decl
	mark     int // see includeChain
}

// include is an include statement.
type include struct {
	path       string
	start, end int // of the quoted path
	prefix     string
	file       *file // once it is opened
}

// class is a kind of declaration.
type class uint8

const (
	classConst class = iota
	classTypedef
	classEnum
	classStruct
	classUnion
	classException
	classService
)

var classNames = [...]string{"const", "typedef", "enum", "struct", "union", "exception", "service"}

func (c class) String() string { return classNames[c] }

// space is a name space: a const, a type and a service may have one name.
type space uint8

const (
	spaceType space = iota
	spaceConst
	spaceService
)

func (c class) space() space {
	switch c {
	case classConst:
		return spaceConst
	case classService:
		return spaceService
	}
	return spaceType
}

type key struct {
	space space
	name  string
}

// decl is a declaration. What is inside is read when it is needed.
type decl struct {
	file  *file
	class class
	name  string
	// doc is where its comments begin, start where its keyword is, nameAt
	// where its name is; end is behind its annotations.
	doc, start, nameAt, end int

	body    *body
	bodyErr error
	ast     ast
	built   built
}

// full is the name with the prefix of the file.
func (d *decl) full() string { return d.file.qualify(d.name) }

func (f *file) qualify(name string) string {
	if f.prefix == "" {
		return name
	}
	return f.prefix + "." + name
}

func (f *file) lookup(space space, name string) *decl {
	return f.byName[key{space, name}]
}

// prefixOf is the prefix that a file's path gives it.
func prefixOf(name string) string {
	base := path.Base(filepath.ToSlash(name))
	return strings.TrimSuffix(base, ".thrift")
}

// errorAt is a mistake at an offset of the text.
func (f *file) errorAt(at int, format string, args ...any) *idl.ParseError {
	return source.Mistake(f.shown, f.src, at, fmt.Sprintf(format, args...))
}

// newFile indexes a text. The error is a *ParseError.
func newFile(path, shown, prefix, src string, dialect thrift.Dialect) (*file, error) {
	f := &file{key: path, shown: shown, prefix: prefix, src: src, dialect: dialect, byName: map[key]*decl{}}
	if i := strings.IndexByte(src, 0); i >= 0 {
		return nil, f.errorAt(i, "not Thrift IDL: it has a zero byte")
	}
	if !utf8.ValidString(src) {
		if at := strayBytes(src); at >= 0 {
			return nil, f.errorAt(at, "not Thrift IDL: it is not text in UTF-8")
		}
		f.src = strings.ToValidUTF8(src, "\uFFFD")
	}
	if err := f.scan(); err != nil {
		return nil, err
	}
	return f, nil
}

// strayBytes finds what is not UTF-8 outside of comments, -1 where there is
// nothing. Comments of old files are in GBK or Latin-1, and no compiler minds.
func strayBytes(src string) int {
	for l := (&lexer{src: src, pos: len(source.Mark(src))}); l.next() != source.EOF; {
		if !utf8.ValidString(l.text()) {
			return l.start + invalidUTF8(l.text())
		}
	}
	return -1
}

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return i
		}
	}
	return 0
}

// cut is the text of a definition with its comments, moved to the left margin.
func (f *file) cut(doc, end int) string {
	end = lineRest(f.src, end)
	margin := f.src[strings.LastIndexByte(f.src[:doc], '\n')+1 : doc]
	if strings.TrimLeft(margin, " \t") != "" {
		margin = ""
	}
	text := strings.ReplaceAll(strings.TrimSpace(f.src[doc:end]), "\r\n", "\n")
	lines := strings.Split(text, "\n")
	for i, l := range lines[1:] {
		n := 0
		for n < len(l) && n < len(margin) && (l[n] == ' ' || l[n] == '\t') {
			n++
		}
		lines[i+1] = strings.TrimRight(l[n:], " \t")
	}
	return strings.Join(lines, "\n") + "\n"
}
