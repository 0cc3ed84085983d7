package thriftidl

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// The scanner indexes a Thrift file: its includes, and what it declares where.
// Constants and typedefs are read at once, since nothing else tells where they
// end; other bodies are passed over by their braces and read by look.

// scan fills the index. The error is a *ParseError.
func (f *file) scan() error {
	r := &reader{file: f}
	r.src, r.pos = f.src, len(source.Mark(f.src))
	for r.next(); r.tok != source.EOF; {
		if err := r.statement(); err != nil {
			return err
		}
		r.separators()
	}
	return nil
}

// statement reads one header or definition and leaves r behind it.
func (r *reader) statement() error {
	if err := r.foreign(); err != nil {
		return err
	}
	if r.tok != source.Ident {
		return r.unexpected("a definition")
	}
	switch word := r.text(); word {
	case "include":
		return r.includeLine()
	case "cpp_include", "c_include":
		r.next()
		_, err := r.literal("a file name in quotes")
		return err
	case "namespace":
		return r.namespace()
	case "const", "typedef":
		return r.wholeDeclaration(word)
	case "enum", "senum", "struct", "union", "exception", "service":
		return r.outlineDeclaration(word)
	default:
		if isOldNamespace(word) {
			r.next()
			return r.namespaceName()
		}
	}
	return r.unexpected("a definition")
}

// isOldNamespace reports whether a word begins one of the namespace statements
// from before there was namespace
// (apache/thrift:compiler/cpp/src/thrift/thriftl.ll).
func isOldNamespace(word string) bool {
	switch word {
	case "cpp_namespace", "php_namespace", "py_module", "perl_package", "ruby_namespace",
		"smalltalk_category", "smalltalk_prefix", "java_package", "cocoa_prefix", "xsd_namespace",
		"csharp_namespace", "delphi_namespace":
		return true
	}
	return false
}

func (r *reader) includeLine() error {
	r.next()
	inc := &include{start: r.start, end: r.end}
	name, err := r.literal("a file name in quotes")
	if err != nil {
		return err
	}
	if name == "" {
		return r.file.errorAt(inc.start, "the name of the included file is empty")
	}
	inc.path, inc.prefix = name, prefixOf(name)
	r.file.includes = append(r.file.includes, inc)
	return nil
}

// namespace reads "namespace scope name"; names may have hyphens in them.
func (r *reader) namespace() error {
	if r.next(); r.tok == '*' {
		r.next()
	} else if err := r.hyphenated(); err != nil {
		return err
	}
	return r.namespaceName()
}

func (r *reader) namespaceName() error {
	if r.tok == source.String {
		r.next()
	} else if err := r.hyphenated(); err != nil {
		return err
	}
	return r.annotations(nil)
}

func (r *reader) hyphenated() error {
	if r.tok != source.Ident && r.tok != '-' {
		return r.unexpected("a name")
	}
	for r.tok == source.Ident || r.tok == '-' || r.tok == source.Number {
		touches := r.end
		if r.next(); r.start != touches {
			break
		}
	}
	return nil
}

// wholeDeclaration reads a const or typedef with its insides.
func (r *reader) wholeDeclaration(word string) error {
	d := &decl{file: r.file, doc: r.doc, start: r.start, class: classConst}
	if word == "typedef" {
		d.class = classTypedef
	}
	body := &reader{lexer: r.lexer, file: r.file}
	b, err := body.declaration(d)
	if err != nil {
		return err
	}
	d.body = b
	r.lexer = body.lexer
	return r.file.add(d)
}

// outlineDeclaration passes over the braces of a declaration.
func (r *reader) outlineDeclaration(word string) error {
	d := &decl{file: r.file, doc: r.doc, start: r.start, class: classOf(word)}
	before := r.lexer
	r.next()
	name, at, err := r.name("the name of the " + word)
	if err != nil {
		return err
	}
	d.name, d.nameAt = name, at
	if d.class == classService && r.isWord("extends") {
		r.next()
		if _, _, err := r.name("the name of a service"); err != nil {
			return err
		}
	}
	if r.isWord("xsd_all") {
		r.next()
	}
	if r.tok != '{' {
		return r.unexpected(`"{"`)
	}
	end, ok := skipBlock(r.src, r.start)
	if !ok {
		// The reader of the body knows what is wrong.
		body := &reader{lexer: before, file: r.file}
		if _, err := body.declaration(d); err != nil {
			return err
		}
		return r.unexpected(`a "}" for the "{"`)
	}
	d.end, r.pos = end, end
	r.next()
	if err := r.annotationsEnd(&d.end); err != nil {
		return err
	}
	return r.file.add(d)
}

func classOf(word string) class {
	switch word {
	case "enum":
		return classEnum
	case "union":
		return classUnion
	case "exception":
		return classException
	case "service":
		return classService
	case "senum":
		return classTypedef // of string
	}
	return classStruct
}

// add enters a declaration into the index.
func (f *file) add(d *decl) error {
	key := key{d.class.space(), d.name}
	if other := f.byName[key]; other != nil {
		first := f.errorAt(other.nameAt, "")
		return f.errorAt(d.nameAt, "%s %q is defined already in line %d", d.class, d.name, first.Line)
	}
	f.byName[key] = d
	f.decls = append(f.decls, d)
	return nil
}

// LooksLike reports whether text without a file name is Thrift rather than
// Protobuf, by the first statement that only one of them has.
func LooksLike(text string) bool {
	l := &lexer{src: text, pos: len(source.Mark(text))}
	if strings.HasPrefix(strings.TrimLeft(text[l.pos:], " \t\r\n"), "#") {
		return true
	}
	for l.next(); l.tok == source.Ident; l.next() {
		switch word := l.text(); word {
		case "namespace", "include", "cpp_include", "struct", "union", "exception", "typedef", "const", "senum":
			return true
		case "enum", "service":
			if verdict, ok := looksAtBlock(l, word); ok {
				return verdict
			}
		default:
			return isOldNamespace(word)
		}
	}
	return false
}

// looksAtBlock looks into an enum or a service, which both languages have, and
// leaves l on its last brace. It is not ok where the block is empty.
func looksAtBlock(l *lexer, word string) (thrift, ok bool) {
	if l.next(); l.tok != source.Ident {
		return false, true
	}
	if l.next(); l.isWord("extends") {
		return true, true
	}
	inside := l.peek()
	end, closed := skipBlock(l.src, l.start)
	switch {
	case l.tok != '{' || !closed:
		return false, true
	case inside.tok == '}':
		l.pos = end
		return false, false
	case word == "service":
		return !inside.isWord("rpc") && !inside.isWord("option"), true
	}
	// A Protobuf enum has "NAME = NUMBER;" or an option first.
	if inside.isWord("option") || inside.isWord("reserved") {
		return false, true
	}
	for inside.tok != '}' && inside.tok != source.EOF && inside.tok != ',' {
		if inside.tok == ';' { // which Thrift allows, too
			l.pos = end
			return false, false
		}
		inside.next()
	}
	return true, true
}
