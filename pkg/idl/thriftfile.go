package idl

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// thriftFile is one Thrift source text with the index of what it declares.
type thriftFile struct {
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
	dialect ThriftDialect
	warned  bool // of a prefix that two includes have
	// named says that the user named the file; others are included.
	named    bool
	includes []*thriftInclude
	decls    []*thriftDecl // in order
	byName   map[thriftName]*thriftDecl
	mark     int // see includeChain
}

// thriftInclude is an include statement.
type thriftInclude struct {
	path       string
	start, end int // of the quoted path
	prefix     string
	file       *thriftFile // once it is opened
}

// thriftClass is a kind of declaration.
type thriftClass uint8

const (
	classConst thriftClass = iota
	classTypedef
	classEnum
	classStruct
	classUnion
	classException
	classService
)

var thriftClassNames = [...]string{"const", "typedef", "enum", "struct", "union", "exception", "service"}

func (c thriftClass) String() string { return thriftClassNames[c] }

// thriftSpace is a name space: a const, a type and a service may have one name.
type thriftSpace uint8

const (
	spaceType thriftSpace = iota
	spaceConst
	spaceService
)

func (c thriftClass) space() thriftSpace {
	switch c {
	case classConst:
		return spaceConst
	case classService:
		return spaceService
	}
	return spaceType
}

type thriftName struct {
	space thriftSpace
	name  string
}

// thriftDecl is a declaration. What is inside is read when it is needed.
type thriftDecl struct {
	file  *thriftFile
	class thriftClass
	name  string
	// doc is where its comments begin, start where its keyword is, nameAt
	// where its name is; end is behind its annotations.
	doc, start, nameAt, end int

	body    *thriftBody
	bodyErr error
	ast     thriftAST
	built   thriftBuilt
}

// full is the name with the prefix of the file.
func (d *thriftDecl) full() string { return d.file.qualify(d.name) }

func (f *thriftFile) qualify(name string) string {
	if f.prefix == "" {
		return name
	}
	return f.prefix + "." + name
}

func (f *thriftFile) lookup(space thriftSpace, name string) *thriftDecl {
	return f.byName[thriftName{space, name}]
}

// thriftPrefix is the prefix that a file's path gives it.
func thriftPrefix(name string) string {
	base := path.Base(filepath.ToSlash(name))
	return strings.TrimSuffix(base, ".thrift")
}

// errorAt is a mistake at an offset of the text. Columns count characters.
func (f *thriftFile) errorAt(at int, format string, args ...any) *ParseError {
	before := strings.TrimPrefix(f.src[:min(at, len(f.src))], bom(f.src))
	line := 1 + strings.Count(before, "\n")
	col := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return &ParseError{File: f.shown, Line: line, Col: col, Message: fmt.Sprintf(format, args...)}
}

// newThriftFile indexes a text. The error is a *ParseError.
func newThriftFile(key, shown, prefix, src string, dialect ThriftDialect) (*thriftFile, error) {
	f := &thriftFile{key: key, shown: shown, prefix: prefix, src: src, dialect: dialect, byName: map[thriftName]*thriftDecl{}}
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
	for l := (&thriftLexer{src: src, pos: len(bom(src))}); l.next() != tokEOF; {
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
func (f *thriftFile) cut(doc, end int) string {
	end = thriftLineRest(f.src, end)
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
