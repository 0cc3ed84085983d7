package protoscan

import (
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

func kindOf(keyword string) Kind {
	switch keyword {
	case "message":
		return Message
	case "enum":
		return Enum
	case "service":
		return Service
	}
	return Extend
}

// Body looks into a declaration; src is the text of the file, if it has one.
func (d *Decl) Body(src string) *Body {
	if d.Raw != nil {
		return rawBody(d)
	}
	return scanBody(src, d)
}

func scanBody(src string, d *Decl) *Body {
	b := &Body{}
	l := &lexer{src: src[:d.BodyEnd], pos: d.BodyStart}
	l.next()
	ok := l.tok == '{'
	if ok {
		switch d.Kind {
		case Message:
			ok = b.fields(l, d.Name, nil, 0)
		case Enum:
			ok = b.enum(l, d.Name, d.Scope)
		case Service:
			ok = b.service(l, d.Name)
		case Extend:
			extendee := Ref{Name: d.Extendee, Scope: d.Scope}
			b.Refs = append(b.Refs, extendee)
			ok = b.fields(l, d.Scope, &extendee, 0)
		}
	}
	b.Odd = !ok || l.tok != '}'
	return b
}

// maxNesting is far above what protoc allows (its limit is 32 messages), and
// keeps the scanner's stack small.
const maxNesting = 100

// fields scans the body of a message, oneof, group, or (extendee not nil) extend.
func (b *Body) fields(l *lexer, scope string, extendee *Ref, depth int) bool {
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
func (b *Body) member(l *lexer, scope string, extendee *Ref, depth int) bool {
	if l.tok == source.Ident {
		if handled, ok := b.keyword(l, scope, depth); handled {
			return ok
		}
	}
	return b.field(l, scope, extendee, depth)
}

// keyword scans a statement that begins with a keyword other than a field's. The
// same words may be names of types, so what follows decides.
func (b *Body) keyword(l *lexer, scope string, depth int) (handled, ok bool) {
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
		target := Ref{Name: l.dotted(), Scope: scope}
		b.Refs = append(b.Refs, target)
		return true, l.tok == '{' && b.fields(l, scope, &target, depth+1)
	case word == "option" && (nested || tok == '('), word == "extensions", word == "reserved":
		return true, scanOptions(l, scope, &b.Refs)
	}
	return false, false
}

func (b *Body) nested(l *lexer, word, name, scope string, depth int) bool {
	l.next()
	l.next()
	b.Names = append(b.Names, Inner{name, kindOf(word)})
	if l.tok != '{' {
		return false
	}
	if word == "enum" {
		return b.enum(l, name, scope)
	}
	return b.fields(l, name, nil, depth+1)
}

func (b *Body) field(l *lexer, scope string, extendee *Ref, depth int) bool {
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
		b.Names = append(b.Names, Inner{names.Join(scope, name), Message})
	} else if !scalar(typ) {
		b.Refs = append(b.Refs, Ref{Name: typ, Scope: scope})
	}
	if l.next() != '=' || l.next() != source.Number {
		return false
	}
	if extendee != nil {
		b.extension(l, names.Join(scope, fieldName(name, group)), *extendee)
	}
	if !group {
		return scanOptions(l, scope, &b.Refs)
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

func (b *Body) extension(l *lexer, name string, extendee Ref) {
	n, err := strconv.ParseInt(l.text(), 0, 32)
	if err != nil {
		return // the parser will say so
	}
	b.Extensions = append(b.Extensions, Extension{Name: name, Extendee: extendee, Number: int32(n)})
	b.Names = append(b.Names, Inner{name, Extend})
}

// group scans from a group's number on: options and body.
func (b *Body) group(l *lexer, scope, name string, depth int) bool {
	if l.next() == '[' {
		for l.tok != ']' { // groups' options are plain: no literals inside
			if l.tok == '{' || l.tok == source.EOF {
				return false
			}
			if l.tok == '(' {
				l.next()
				b.Refs = append(b.Refs, Ref{l.dotted(), scope, true})
				continue
			}
			l.next()
		}
		l.next()
	}
	return l.tok == '{' && b.fields(l, names.Join(scope, name), nil, depth+1)
}

func (b *Body) mapField(l *lexer, scope string) bool {
	l.next()
	l.next()
	l.dotted()
	if l.tok != ',' {
		return false
	}
	l.next()
	if typ := l.dotted(); !scalar(typ) {
		b.Refs = append(b.Refs, Ref{Name: typ, Scope: scope})
	}
	if l.tok != '>' || l.next() != source.Ident || l.next() != '=' {
		return false
	}
	l.next()
	return scanOptions(l, scope, &b.Refs)
}

// enum scans from the opening brace; values stand in the scope around the enum.
func (b *Body) enum(l *lexer, name, scope string) bool {
	for l.next(); l.tok != '}'; l.next() {
		if l.tok == ';' {
			continue
		}
		if l.tok != source.Ident {
			return false
		}
		if tok, _ := l.peek(); tok == '=' {
			b.Values = append(b.Values, names.Join(scope, l.text()))
		}
		if !scanOptions(l, name, &b.Refs) {
			return false
		}
	}
	return true
}

// service scans from the opening brace.
func (b *Body) service(l *lexer, scope string) bool {
	at := lineRest(l.src, l.end)
	for l.next(); l.tok != '}'; l.next() {
		ok := true
		switch {
		case l.tok == ';':
		case l.isIdent("rpc"):
			ok = b.method(l, scope, at)
		default:
			ok = scanOptions(l, scope, &b.Refs)
		}
		if !ok {
			return false
		}
		at = lineRest(l.src, l.end)
		l.pos = at
	}
	return true
}

func (b *Body) method(l *lexer, scope string, start int) bool {
	m := Method{Start: start}
	if l.next() != source.Ident {
		return false
	}
	m.Name = l.text()
	l.next()
	var ok bool
	if m.Input, m.Client, ok = methodType(l, scope); !ok || !l.isIdent("returns") {
		return false
	}
	l.next()
	if m.Output, m.Server, ok = methodType(l, scope); !ok {
		return false
	}
	m.Refs = append(m.Refs, m.Input, m.Output)
	if l.tok == '{' {
		for l.next(); l.tok != '}'; l.next() {
			if !scanOptions(l, scope, &m.Refs) {
				return false
			}
		}
	} else if l.tok != ';' {
		return false
	}
	m.End = lineRest(l.src, l.end)
	b.Methods = append(b.Methods, m)
	return true
}

// methodType scans "( [stream] Type )" and leaves l behind it.
func methodType(l *lexer, scope string) (typ Ref, streams, ok bool) {
	if l.tok != '(' {
		return Ref{}, false, false
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
		return Ref{}, false, false
	}
	l.next()
	return Ref{Name: name, Scope: scope}, streams, true
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
