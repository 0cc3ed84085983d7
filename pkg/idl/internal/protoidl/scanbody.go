package protoidl

import (
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

type declKind uint8

const (
	kindMessage declKind = iota
	kindEnum
	kindService
	kindExtend
	kindBuiltin  // a whole built-in file
	kindMapEntry // the message that an encoded map field has, unnamed in source
)

func kindOf(keyword string) declKind {
	switch keyword {
	case "message":
		return kindMessage
	case "enum":
		return kindEnum
	case "service":
		return kindService
	}
	return kindExtend
}

// body is what a look into a declaration yields.
type body struct {
	// names are the full names of the messages, enums and extensions declared
	// inside, however deep; values those of enum values.
	names  []inner
	values []string
	refs   []ref
	// extensions that the declaration makes.
	extensions []extension
	methods    []methodDecl
	odd        bool
}

type inner struct {
	name string
	kind declKind
}

// extension says that a field extends a message.
type extension struct {
	name     string // full
	extendee ref
	number   int32
}

// methodDecl is one rpc statement: a range of text, or of descriptor bytes.
type methodDecl struct {
	name          string
	start, end    int
	input, output ref
	client        bool
	server        bool
	refs          []ref
	raw           []byte
}

// scanBody looks into a declaration of proto source.
func scanBody(src string, d *decl) *body {
	b := &body{}
	l := &lexer{src: src[:d.bodyEnd], pos: d.bodyStart}
	l.next()
	ok := l.tok == '{'
	if ok {
		switch d.kind {
		case kindMessage:
			ok = b.fields(l, d.name, nil, 0)
		case kindEnum:
			ok = b.enum(l, d.name, d.scope)
		case kindService:
			ok = b.service(l, d.name)
		case kindExtend:
			extendee := ref{name: d.extendee, scope: d.scope}
			b.refs = append(b.refs, extendee)
			ok = b.fields(l, d.scope, &extendee, 0)
		}
	}
	b.odd = !ok || l.tok != '}'
	return b
}

// maxNesting is far above what protoc allows (its limit is 32 messages), and
// keeps the scanner's stack small.
const maxNesting = 100

// fields scans the body of a message, oneof, group, or (extendee not nil) extend.
func (b *body) fields(l *lexer, scope string, extendee *ref, depth int) bool {
	if depth > maxNesting {
		return false
	}
	for l.next(); l.tok != '}'; l.next() {
		if l.tok == ';' {
			continue
		}
		if !b.member(l, scope, extendee, depth) {
			return false
		}
	}
	return true
}

// member scans one statement and leaves l on its last token.
func (b *body) member(l *lexer, scope string, extendee *ref, depth int) bool {
	if l.tok == source.Ident {
		if handled, ok := b.keyword(l, scope, depth); handled {
			return ok
		}
	}
	return b.field(l, scope, extendee, depth)
}

// keyword scans a statement that begins with a keyword other than a field's. The
// same words may be names of types, so what follows decides.
func (b *body) keyword(l *lexer, scope string, depth int) (handled, ok bool) {
	word := l.text()
	switch word {
	case "export", "local", "message", "enum", "oneof", "extend", "option", "extensions", "reserved":
	default:
		return false, false
	}
	tok, next := l.peek()
	if (word == "export" || word == "local") && (next == "message" || next == "enum") {
		l.next()
		word = next
		tok, next = l.peek()
	}
	nested := tok == source.Ident
	switch {
	case (word == "message" || word == "enum") && nested:
		return true, b.nested(l, word, names.Join(scope, next), scope, depth)
	case word == "oneof" && nested:
		l.next()
		return true, l.next() == '{' && b.fields(l, scope, nil, depth+1)
	case word == "extend" && (nested || tok == '.'):
		l.next()
		target := ref{name: l.dotted(), scope: scope}
		b.refs = append(b.refs, target)
		return true, l.tok == '{' && b.fields(l, scope, &target, depth+1)
	case word == "option" && (nested || tok == '('), word == "extensions", word == "reserved":
		return true, scanOptions(l, scope, &b.refs)
	}
	return false, false
}

func (b *body) nested(l *lexer, word, name, scope string, depth int) bool {
	l.next()
	l.next()
	b.names = append(b.names, inner{name, kindOf(word)})
	if l.tok != '{' {
		return false
	}
	if word == "enum" {
		return b.enum(l, name, scope)
	}
	return b.fields(l, name, nil, depth+1)
}

func (b *body) field(l *lexer, scope string, extendee *ref, depth int) bool {
	if l.isIdent("optional") || l.isIdent("required") || l.isIdent("repeated") {
		l.next()
	}
	if l.isIdent("map") {
		if tok, _ := l.peek(); tok == '<' {
			return b.mapField(l, scope)
		}
	}
	group := false
	if l.isIdent("group") {
		tok, next := l.peek()
		group = tok == source.Ident && next != "" && next[0] <= 'Z'
	}
	typ := l.dotted()
	if typ == "" || l.tok != source.Ident {
		return false
	}
	name := l.text()
	if group {
		b.names = append(b.names, inner{names.Join(scope, name), kindMessage})
	} else if !scalar(typ) {
		b.refs = append(b.refs, ref{name: typ, scope: scope})
	}
	if l.next() != '=' || l.next() != source.Number {
		return false
	}
	if extendee != nil {
		b.extension(l, names.Join(scope, fieldName(name, group)), *extendee)
	}
	if !group {
		return scanOptions(l, scope, &b.refs)
	}
	return b.group(l, scope, name, depth)
}

// fieldName of a group is its name in lower case.
func fieldName(name string, group bool) string {
	if !group {
		return name
	}
	lower := []byte(name)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}

func (b *body) extension(l *lexer, name string, extendee ref) {
	n, err := strconv.ParseInt(l.text(), 0, 32)
	if err != nil {
		return // the parser will say so
	}
	b.extensions = append(b.extensions, extension{name: name, extendee: extendee, number: int32(n)})
	b.names = append(b.names, inner{name, kindExtend})
}

// group scans from a group's number on: options and body.
func (b *body) group(l *lexer, scope, name string, depth int) bool {
	if l.next() == '[' {
		for l.tok != ']' { // groups' options are plain: no literals inside
			if l.tok == '{' || l.tok == source.EOF {
				return false
			}
			if l.tok == '(' {
				l.next()
				b.refs = append(b.refs, ref{l.dotted(), scope, true})
				continue
			}
			l.next()
		}
		l.next()
	}
	return l.tok == '{' && b.fields(l, names.Join(scope, name), nil, depth+1)
}

func (b *body) mapField(l *lexer, scope string) bool {
	l.next()
	l.next()
	l.dotted()
	if l.tok != ',' {
		return false
	}
	l.next()
	if typ := l.dotted(); !scalar(typ) {
		b.refs = append(b.refs, ref{name: typ, scope: scope})
	}
	if l.tok != '>' || l.next() != source.Ident || l.next() != '=' {
		return false
	}
	l.next()
	return scanOptions(l, scope, &b.refs)
}

// enum scans from the opening brace; values stand in the scope around the enum.
func (b *body) enum(l *lexer, name, scope string) bool {
	for l.next(); l.tok != '}'; l.next() {
		if l.tok == ';' {
			continue
		}
		if l.tok != source.Ident {
			return false
		}
		if tok, _ := l.peek(); tok == '=' {
			b.values = append(b.values, names.Join(scope, l.text()))
		}
		if !scanOptions(l, name, &b.refs) {
			return false
		}
	}
	return true
}

// service scans from the opening brace.
func (b *body) service(l *lexer, scope string) bool {
	at := lineRest(l.src, l.end)
	for l.next(); l.tok != '}'; l.next() {
		ok := true
		switch {
		case l.tok == ';':
		case l.isIdent("rpc"):
			ok = b.method(l, scope, at)
		default:
			ok = scanOptions(l, scope, &b.refs)
		}
		if !ok {
			return false
		}
		at = lineRest(l.src, l.end)
		l.pos = at
	}
	return true
}

func (b *body) method(l *lexer, scope string, start int) bool {
	m := methodDecl{start: start}
	if l.next() != source.Ident {
		return false
	}
	m.name = l.text()
	l.next()
	var ok bool
	if m.input, m.client, ok = methodType(l, scope); !ok || !l.isIdent("returns") {
		return false
	}
	l.next()
	if m.output, m.server, ok = methodType(l, scope); !ok {
		return false
	}
	m.refs = append(m.refs, m.input, m.output)
	if l.tok == '{' {
		for l.next(); l.tok != '}'; l.next() {
			if !scanOptions(l, scope, &m.refs) {
				return false
			}
		}
	} else if l.tok != ';' {
		return false
	}
	m.end = lineRest(l.src, l.end)
	b.methods = append(b.methods, m)
	return true
}

// methodType scans "( [stream] Type )" and leaves l behind it.
func methodType(l *lexer, scope string) (typ ref, streams, ok bool) {
	if l.tok != '(' {
		return ref{}, false, false
	}
	l.next()
	if l.isIdent("stream") {
		// "stream" may also be the type's name, or the first part of it.
		if tok, _ := l.peek(); tok == source.Ident || tok == '.' && spaceAfter(l) {
			streams = true
			l.next()
		}
	}
	name := l.dotted()
	if name == "" || l.tok != ')' {
		return ref{}, false, false
	}
	l.next()
	return ref{name: name, scope: scope}, streams, true
}

// spaceAfter tells "stream .pkg.Type" from "stream.Type".
func spaceAfter(l *lexer) bool { return l.end < len(l.src) && source.IsSpace(l.src[l.end]) }

func scalar(typ string) bool {
	switch typ {
	case "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64",
		"fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes":
		return true
	}
	return false
}
