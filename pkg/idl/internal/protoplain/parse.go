package protoplain

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/protolex"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Parse makes a descriptor of a file of this name, with uninterpreted options, as protoparse's
// ParseFilesButDoNotLink would; nil where that is for it to do.
func Parse(name, src string) *descriptorpb.FileDescriptorProto {
	if !plainText(src) {
		return nil
	}
	p := &parser{lex: protolex.Lexer{Src: src}, file: &descriptorpb.FileDescriptorProto{Name: &name}}
	p.next()
	p.syntax()
	for first := true; p.lex.Tok != source.EOF; first = false {
		p.statement(first)
	}
	if p.odd || p.lex.Open {
		return nil
	}
	return p.file
}

// plainText reports whether there are no characters that may be wrong somewhere.
func plainText(src string) bool {
	for i := range len(src) {
		if c := src[i]; c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(src)
}

// parser is on one token. Once it is odd, there are no more of them.
type parser struct {
	lex    protolex.Lexer
	end    int // of the token before
	odd    bool
	proto3 bool
	file   *descriptorpb.FileDescriptorProto
}

func (p *parser) next() {
	p.end = p.lex.End
	p.lex.Next()
}

// giveUp leaves the file to others.
func (p *parser) giveUp() {
	p.odd = true
	all := len(p.lex.Src)
	p.lex.Tok, p.lex.Pos, p.lex.Start, p.lex.End = source.EOF, all, all, all
}

// is passes a token if it is this one.
func (p *parser) is(tok source.Token) bool {
	if p.lex.Tok != tok {
		return false
	}
	p.next()
	return true
}

// isWord is is for a word.
func (p *parser) isWord(word string) bool { return p.lex.IsIdent(word) && p.is(source.Ident) }

// need passes a token that has to be there.
func (p *parser) need(tok source.Token) {
	if !p.is(tok) {
		p.giveUp()
	}
}

// text passes a token of this kind, and is what it says.
func (p *parser) text(kind source.Token) string {
	s := p.lex.Text()
	p.need(kind)
	return s
}

func (p *parser) word() string { return p.text(source.Ident) }

// dotted passes a name of parts without space between them.
func (p *parser) dotted() string {
	start := p.lex.Start
	p.word()
	for p.lex.Tok == '.' {
		p.adjoin('.')
		p.adjoin(source.Ident)
	}
	return p.lex.Src[start:max(start, p.end)]
}

// adjoin passes a token that follows the one before it at once.
func (p *parser) adjoin(tok source.Token) {
	if p.lex.Start != p.end {
		p.giveUp()
	}
	p.need(tok)
}

// typeName passes the name of a type, which may begin with a dot.
func (p *parser) typeName() string {
	start := p.lex.Start
	if p.is('.') && p.lex.Start != p.end {
		p.giveUp()
	}
	p.dotted()
	return p.lex.Src[start:max(start, p.end)]
}

// literal passes a string without escapes.
func (p *parser) literal() string {
	s := p.text(source.String)
	if p.odd || strings.Contains(s, `\`) {
		p.giveUp()
		return ""
	}
	return s[1 : len(s)-1]
}

// maxDigits is of numbers that fit into 64 bits whatever their digits are.
const maxDigits = 18

// number passes a decimal number from 0 to most.
func (p *parser) number(most int64) int64 {
	s := p.text(source.Number)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) > maxDigits || len(s) > 1 && s[0] == '0' || n > most {
		p.giveUp()
	}
	return n
}

// syntax passes the first statement, if it is that.
func (p *parser) syntax() {
	if !p.isWord("syntax") {
		return
	}
	p.need('=')
	switch p.literal() {
	case "proto2": // as if nothing were said
	case "proto3":
		p.proto3 = true
		p.file.Syntax = new("proto3")
	default:
		p.giveUp()
	}
	p.need(';')
}

// maxPackage, in bytes, is less than the 511 that are allowed, with at most 100 dots.
const maxPackage = 200

func (p *parser) statement(first bool) {
	if !first && p.is(';') {
		return
	}
	switch fd := p.file; p.word() {
	case "import":
		p.imported()
	case "package":
		again := fd.Package != nil
		fd.Package = new(p.dotted())
		p.need(';')
		if again || len(*fd.Package) > maxPackage {
			p.giveUp()
		}
	case "option":
		if fd.Options == nil {
			fd.Options = &descriptorpb.FileOptions{}
		}
		fd.Options.UninterpretedOption = append(fd.Options.UninterpretedOption, p.option())
	case "message":
		fd.MessageType = append(fd.MessageType, p.message(1))
	case "enum":
		fd.EnumType = append(fd.EnumType, p.enum())
	case "service":
		fd.Service = append(fd.Service, p.service())
	default:
		p.giveUp()
	}
}

func (p *parser) imported() {
	if p.isWord("public") {
		p.file.PublicDependency = append(p.file.PublicDependency, int32(len(p.file.Dependency)))
	}
	p.file.Dependency = append(p.file.Dependency, p.literal())
	p.need(';')
}
