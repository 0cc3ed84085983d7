package thriftidl

import (
	"math"
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// body is what is inside a declaration: where its parts are, what it
// refers to, and its text in the form that thriftgo's parser reads.
type body struct {
	fields []field     // of a struct, union or exception
	values []enumValue // of an enum
	funcs  []*function // of a service
	part

	extends   string // of a service
	extendsAt int

	typ               typeText // of a const or typedef
	typeAt, typeEnd   int
	valueAt, valueEnd int // of a const
	annotations       []annotation
}

// part is what can be parsed by itself: a declaration, or a function.
type part struct {
	refs  []ref
	notes []dialectNote
	// text is the part in the words that thriftgo's parser accepts: without
	// comments, annotations and what it does not know, ids written out.
	text string
}

// ref is a name of a type, or of a constant or enum value, as written.
type ref struct {
	name  string
	at    int
	value bool
}

type annotation struct {
	thrift.Annotation
	at int
}

// field is a field or parameter. Offsets are as in decl.
type field struct {
	id                    int16
	written               int // the id as it is written, where hasID
	hasID                 bool
	name                  string
	doc, start, nameAt    int
	end                   int
	typ                   typeText
	typeAt, typeEnd       int
	defaultAt, defaultEnd int // 0 without a default
	requiredness          thrift.Requiredness
	annotations           []annotation
}

type enumValue struct {
	thrift.EnumValue
	doc, start, nameAt, end int
	annotations             []annotation
}

// function is a method of a service.
type function struct {
	part
	name                    string
	doc, start, nameAt, end int
	typ                     typeText // of the result
	typeAt, typeEnd         int
	oneway, void            bool
	args, throws            []field
	throwsAt                int // 0 without throws
	annotations             []annotation
	ast                     ast
}

// look reads what is inside a declaration, once.
func (d *decl) look() (*body, error) {
	if d.body == nil && d.bodyErr == nil {
		r := &reader{file: d.file}
		r.src, r.pos = d.file.src, d.start
		r.next()
		d.body, d.bodyErr = r.declaration(d)
	}
	return d.body, d.bodyErr
}

// declaration reads a declaration from its keyword on. For a const or typedef it
// fills in the name and the end of d.
func (r *reader) declaration(d *decl) (*body, error) {
	b := &body{}
	var err error
	switch word := r.text(); word {
	case "const":
		err = r.constant(d, b)
	case "typedef":
		err = r.typedef(d, b)
	case "senum":
		err = r.senum(d, b)
	case "enum":
		err = r.enum(d, b)
	case "service":
		err = r.service(d, b)
	default:
		err = r.structure(d, b, word)
	}
	if err != nil {
		return nil, err
	}
	if d.class != classService {
		b.part = r.part()
	}
	return b, nil
}

func (r *reader) typedef(d *decl, b *body) (err error) {
	r.emit("typedef")
	r.next()
	b.typeAt = r.start
	if b.typ, err = r.typ(&b.typeEnd); err != nil {
		return err
	}
	return r.declared(d, b, "the name of the typedef")
}

// declared reads the name and the annotations of a typedef.
func (r *reader) declared(d *decl, b *body, what string) (err error) {
	d.end = r.end
	if d.name, d.nameAt, err = r.name(what); err != nil {
		return err
	}
	r.emit(d.name)
	return r.annotationsOf(&b.annotations, &d.end)
}

func (r *reader) constant(d *decl, b *body) (err error) {
	r.emit("const")
	r.next()
	b.typeAt = r.start
	if b.typ, err = r.typ(&b.typeEnd); err != nil {
		return err
	}
	if d.name, d.nameAt, err = r.name("the name of the constant"); err != nil {
		return err
	}
	r.emit(d.name)
	if err = r.punctuation('='); err != nil {
		return err
	}
	b.valueAt = r.start
	if err = r.value(&b.valueEnd); err != nil {
		return err
	}
	d.end = b.valueEnd
	return r.annotationsOf(&b.annotations, &d.end)
}

// senum reads Apache's former enum of strings, which is a string on the wire.
func (r *reader) senum(d *decl, b *body) (err error) {
	r.next()
	r.emit("typedef")
	r.emit("string")
	b.typ = typeText{word: "string"}
	if d.name, d.nameAt, err = r.name("the name of the senum"); err != nil {
		return err
	}
	r.emit(d.name)
	if err := r.expect('{'); err != nil {
		return err
	}
	for r.tok != '}' {
		if _, err := r.literal(`a string or "}"`); err != nil {
			return err
		}
		r.separators()
	}
	d.end = r.end
	r.next()
	return r.annotationsOf(&b.annotations, &d.end)
}

func (r *reader) enum(d *decl, b *body) error {
	r.next()
	if _, _, err := r.name("the name of the enum"); err != nil {
		return err
	}
	if err := r.expect('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	next := int64(0) // Thrift counts from 0
	for r.tok != '}' {
		v, err := r.enumValue(next)
		if err != nil {
			return err
		}
		if seen[v.Name] {
			return r.file.errorAt(v.nameAt, "enum %s has two values named %q", d.name, v.Name)
		}
		seen[v.Name] = true
		next = int64(v.Number) + 1
		b.values = append(b.values, v)
	}
	r.next()
	return r.annotationsOf(&b.annotations, nil)
}

func (r *reader) enumValue(number int64) (v enumValue, err error) {
	v.doc, v.start, v.end = r.doc, r.start, r.end
	if v.Name, v.nameAt, err = r.name(`the name of a value or "}"`); err != nil {
		return v, err
	}
	if r.tok == '=' {
		r.next()
		v.end = r.end
		if r.tok != source.Number {
			return v, r.unexpected("the number of the value")
		}
		if number, err = r.whole(r.text(), "enum value", v.Name); err != nil {
			return v, r.file.errorAt(r.start, "%v", err)
		}
		r.next()
	}
	if number < math.MinInt32 || number > math.MaxInt32 {
		return v, r.file.errorAt(v.nameAt, "value %s is %d, which is out of the range of i32", v.Name, number)
	}
	v.Number = int32(number)
	err = r.annotationsOf(&v.annotations, &v.end)
	r.separators()
	return v, err
}

func (r *reader) structure(d *decl, b *body, word string) (err error) {
	r.emit(word)
	r.next()
	if _, _, err = r.name("the name of the " + word); err != nil {
		return err
	}
	r.emit(d.name)
	if r.isWord("xsd_all") {
		r.next()
	}
	if err = r.punctuation('{'); err != nil {
		return err
	}
	if b.fields, err = r.fields('}', word+" "+d.name); err != nil {
		return err
	}
	return r.annotationsOf(&b.annotations, nil)
}

// fields reads fields up to the token that closes them, and passes that.
func (r *reader) fields(closing source.Token, of string) ([]field, error) {
	var list []field
	names := map[string]bool{}
	for r.tok != closing {
		f, err := r.field(len(list)+1, closing)
		if err != nil {
			return nil, err
		}
		if names[f.name] {
			return nil, r.file.errorAt(f.nameAt, "%s has two fields named %q", of, f.name)
		}
		names[f.name] = true
		list = append(list, f)
	}
	if err := r.numbered(list, of); err != nil {
		return nil, err
	}
	r.emit(string(rune(closing)))
	r.next()
	return list, nil
}

// field reads a field. n is its place in the list, which thriftgo's parser may take
// for its id.
func (r *reader) field(n int, closing source.Token) (f field, err error) {
	f.doc, f.start = r.doc, r.start
	switch r.tok {
	case source.Number:
		f.hasID = true
		if f.written, err = r.fieldID(); err != nil {
			return f, err
		}
	case source.Ident:
	default:
		return f, r.unexpected("a field or " + strconv.Quote(string(rune(closing))))
	}
	r.emit(strconv.Itoa(n))
	r.emit(":")
	r.requiredness(&f)
	f.typeAt = r.start
	if f.typ, err = r.typ(&f.typeEnd); err != nil {
		return f, err
	}
	if r.tok == '&' { // a pointer in C++
		r.next()
	}
	f.end = r.end
	if f.name, f.nameAt, err = r.name("the name of the field"); err != nil {
		return f, err
	}
	r.emit(f.name)
	return f, r.fieldTail(&f)
}

func (r *reader) fieldID() (int, error) {
	id, err := r.integer("a field id", fieldIDOf)
	if err != nil {
		return 0, err
	}
	if r.tok != ':' {
		return 0, r.unexpected(`":" after the field id`)
	}
	r.next()
	return int(max(min(id, math.MaxInt32), math.MinInt32)), nil
}

func (r *reader) requiredness(f *field) {
	switch {
	case r.isWord("required"):
		f.requiredness = thrift.Required
	case r.isWord("optional"):
		f.requiredness = thrift.Optional
	default:
		return
	}
	r.emit(r.text())
	r.next()
}

// fieldTail reads what comes after the name of a field.
func (r *reader) fieldTail(f *field) error {
	if r.tok == '=' {
		r.emit("=")
		r.next()
		f.defaultAt = r.start
		if err := r.value(&f.defaultEnd); err != nil {
			return err
		}
		f.end = f.defaultEnd
	}
	if err := r.schemaWords(); err != nil {
		return err
	}
	if err := r.annotationsOf(&f.annotations, &f.end); err != nil {
		return err
	}
	r.separators()
	return nil
}

// schemaWords passes what Apache's generator of XML schemas wants to know.
func (r *reader) schemaWords() error {
	for r.isWord("xsd_optional") || r.isWord("xsd_nillable") {
		r.next()
	}
	if !r.isWord("xsd_attrs") {
		return nil
	}
	r.next()
	if err := r.expect('{'); err != nil {
		return err
	}
	aside := &reader{lexer: r.lexer, file: r.file, depth: r.depth + 1}
	if aside.depth > maxDepth {
		return r.tooDeep()
	}
	if _, err := aside.fields('}', "xsd_attrs"); err != nil {
		return err
	}
	r.lexer = aside.lexer
	return nil
}
