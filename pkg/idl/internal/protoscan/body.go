package protoscan

import (
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protolex"
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
	l := &protolex.Lexer{Src: src[:d.BodyEnd], Pos: d.BodyStart}
	l.Next()
	ok := l.Tok == '{'
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
	b.Odd = !ok || l.Tok != '}'
	return b
}

// maxNesting is far above what protoc allows (its limit is 32 messages), and
// keeps the scanner's stack small.
const maxNesting = 100

// fields scans the body of a message, oneof, group, or (extendee not nil) extend.
func (b *Body) fields(l *protolex.Lexer, scope string, extendee *Ref, depth int) bool {
	if depth > maxNesting {
		return false
	}
	for l.Next(); l.Tok != '}'; l.Next() {
		if l.Tok == ';' {
			continue
		}
		if !b.member(l, scope, extendee, depth) {
			return false
		}
	}
	return true
}

// member scans one statement and leaves l on its last token.
func (b *Body) member(l *protolex.Lexer, scope string, extendee *Ref, depth int) bool {
	if l.Tok == source.Ident {
		if handled, ok := b.keyword(l, scope, depth); handled {
			return ok
		}
	}
	return b.field(l, scope, extendee, depth)
}

// keyword scans a statement that begins with a keyword other than a field's. The
// same words may be names of types, so what follows decides.
func (b *Body) keyword(l *protolex.Lexer, scope string, depth int) (handled, ok bool) {
	word := l.Text()
	switch word {
	case "export", "local", "message", "enum", "oneof", "extend", "option", "extensions", "reserved":
	default:
		return false, false
	}
	tok, next := l.Peek()
	if (word == "export" || word == "local") && (next == "message" || next == "enum") {
		l.Next()
		word = next
		tok, next = l.Peek()
	}
	nested := tok == source.Ident
	switch {
	case (word == "message" || word == "enum") && nested:
		return true, b.nested(l, word, names.Join(scope, next), scope, depth)
	case word == "oneof" && nested:
		l.Next()
		return true, l.Next() == '{' && b.fields(l, scope, nil, depth+1)
	case word == "extend" && (nested || tok == '.'):
		l.Next()
		target := Ref{Name: l.Dotted(), Scope: scope}
		b.Refs = append(b.Refs, target)
		return true, l.Tok == '{' && b.fields(l, scope, &target, depth+1)
	case word == "option" && (nested || tok == '('), word == "extensions", word == "reserved":
		return true, scanOptions(l, scope, &b.Refs)
	}
	return false, false
}

func (b *Body) nested(l *protolex.Lexer, word, name, scope string, depth int) bool {
	l.Next()
	l.Next()
	b.Names = append(b.Names, Inner{name, kindOf(word)})
	if l.Tok != '{' {
		return false
	}
	if word == "enum" {
		return b.enum(l, name, scope)
	}
	return b.fields(l, name, nil, depth+1)
}

func (b *Body) field(l *protolex.Lexer, scope string, extendee *Ref, depth int) bool {
	if l.IsIdent("optional") || l.IsIdent("required") || l.IsIdent("repeated") {
		l.Next()
	}
	if l.IsIdent("map") {
		if tok, _ := l.Peek(); tok == '<' {
			return b.mapField(l, scope)
		}
	}
	group := false
	if l.IsIdent("group") {
		tok, next := l.Peek()
		group = tok == source.Ident && next != "" && next[0] <= 'Z'
	}
	typ := l.Dotted()
	if typ == "" || l.Tok != source.Ident {
		return false
	}
	name := l.Text()
	if group {
		b.Names = append(b.Names, Inner{names.Join(scope, name), Message})
	} else if !scalar(typ) {
		b.Refs = append(b.Refs, Ref{Name: typ, Scope: scope})
	}
	if l.Next() != '=' || l.Next() != source.Number {
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

func (b *Body) extension(l *protolex.Lexer, name string, extendee Ref) {
	n, err := strconv.ParseInt(l.Text(), 0, 32)
	if err != nil {
		return // the parser will say so
	}
	b.Extensions = append(b.Extensions, Extension{Name: name, Extendee: extendee, Number: int32(n)})
	b.Names = append(b.Names, Inner{name, Extend})
}

// group scans from a group's number on: options and body.
func (b *Body) group(l *protolex.Lexer, scope, name string, depth int) bool {
	if l.Next() == '[' {
		for l.Tok != ']' { // groups' options are plain: no literals inside
			if l.Tok == '{' || l.Tok == source.EOF {
				return false
			}
			if l.Tok == '(' {
				l.Next()
				b.Refs = append(b.Refs, Ref{l.Dotted(), scope, true})
				continue
			}
			l.Next()
		}
		l.Next()
	}
	return l.Tok == '{' && b.fields(l, names.Join(scope, name), nil, depth+1)
}

func (b *Body) mapField(l *protolex.Lexer, scope string) bool {
	l.Next()
	l.Next()
	l.Dotted()
	if l.Tok != ',' {
		return false
	}
	l.Next()
	if typ := l.Dotted(); !scalar(typ) {
		b.Refs = append(b.Refs, Ref{Name: typ, Scope: scope})
	}
	if l.Tok != '>' || l.Next() != source.Ident || l.Next() != '=' {
		return false
	}
	l.Next()
	return scanOptions(l, scope, &b.Refs)
}

// enum scans from the opening brace; values stand in the scope around the enum.
func (b *Body) enum(l *protolex.Lexer, name, scope string) bool {
	for l.Next(); l.Tok != '}'; l.Next() {
		if l.Tok == ';' {
			continue
		}
		if l.Tok != source.Ident {
			return false
		}
		if tok, _ := l.Peek(); tok == '=' {
			b.Values = append(b.Values, names.Join(scope, l.Text()))
		}
		if !scanOptions(l, name, &b.Refs) {
			return false
		}
	}
	return true
}

// service scans from the opening brace.
func (b *Body) service(l *protolex.Lexer, scope string) bool {
	at := protolex.LineRest(l.Src, l.End)
	for l.Next(); l.Tok != '}'; l.Next() {
		ok := true
		switch {
		case l.Tok == ';':
		case l.IsIdent("rpc"):
			ok = b.method(l, scope, at)
		default:
			ok = scanOptions(l, scope, &b.Refs)
		}
		if !ok {
			return false
		}
		at = protolex.LineRest(l.Src, l.End)
		l.Pos = at
	}
	return true
}

func (b *Body) method(l *protolex.Lexer, scope string, start int) bool {
	m := Method{Start: start}
	if l.Next() != source.Ident {
		return false
	}
	m.Name = l.Text()
	l.Next()
	var ok bool
	if m.Input, m.Client, ok = methodType(l, scope); !ok || !l.IsIdent("returns") {
		return false
	}
	l.Next()
	if m.Output, m.Server, ok = methodType(l, scope); !ok {
		return false
	}
	m.Refs = append(m.Refs, m.Input, m.Output)
	if l.Tok == '{' {
		for l.Next(); l.Tok != '}'; l.Next() {
			if !scanOptions(l, scope, &m.Refs) {
				return false
			}
		}
	} else if l.Tok != ';' {
		return false
	}
	m.End = protolex.LineRest(l.Src, l.End)
	b.Methods = append(b.Methods, m)
	return true
}

// methodType scans "( [stream] Type )" and leaves l behind it.
func methodType(l *protolex.Lexer, scope string) (typ Ref, streams, ok bool) {
	if l.Tok != '(' {
		return Ref{}, false, false
	}
	l.Next()
	if l.IsIdent("stream") {
		// "stream" may also be the type's name, or the first part of it.
		if tok, _ := l.Peek(); tok == source.Ident || tok == '.' && spaceAfter(l) {
			streams = true
			l.Next()
		}
	}
	name := l.Dotted()
	if name == "" || l.Tok != ')' {
		return Ref{}, false, false
	}
	l.Next()
	return Ref{Name: name, Scope: scope}, streams, true
}

// spaceAfter tells "stream .pkg.Type" from "stream.Type".
func spaceAfter(l *protolex.Lexer) bool { return l.End < len(l.Src) && source.IsSpace(l.Src[l.End]) }

func scalar(typ string) bool {
	switch typ {
	case "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64",
		"fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes":
		return true
	}
	return false
}
