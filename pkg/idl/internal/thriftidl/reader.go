package thriftidl

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// maxDepth is how deep types and constants may nest, and how many constants
// may refer to each other in a row.
const maxDepth = 100

// reader reads the grammar of Thrift: it checks the syntax, notes
// positions and names, and writes text that thriftgo's parser understands.
type reader struct {
	lexer
	file   *file
	before int // the end of the token before the current one
	out    []byte
	refs   []ref
	notes  []dialectNote
	depth  int
}

func (r *reader) next() {
	r.before = r.end
	r.lexer.next()
}

func (r *reader) emit(word string) { r.out = append(append(r.out, word...), ' ') }

// part is what has been read so far.
func (r *reader) part() part {
	return part{refs: r.refs, notes: r.notes, text: string(r.out)}
}

// unexpected is the error of a token that is not what the grammar wants.
func (r *reader) unexpected(want string) error {
	found := "the end of the file"
	switch {
	case r.tok == source.Bad && isComment(r.src, r.start):
		return r.file.errorAt(r.start, "the comment does not end")
	case r.tok == source.Bad && (r.src[r.start] == '"' || r.src[r.start] == '\''):
		return r.file.errorAt(r.start, "the string does not end")
	case r.tok != source.EOF:
		found = quoteShort(r.text())
	}
	return r.file.errorAt(r.start, "expected %s, found %s", want, found)
}

// quoteShort quotes a text, or the beginning of a long one.
func quoteShort(s string) string {
	const room = 40
	if len(s) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "..."
	}
	return strconv.Quote(s)
}

func (r *reader) tooDeep() error {
	return r.file.errorAt(r.start, "nested more than %d deep", maxDepth)
}

func (r *reader) expect(tok source.Token) error {
	if r.tok != tok {
		return r.unexpected(strconv.Quote(string(rune(tok))))
	}
	r.next()
	return nil
}

// punctuation expects a token and writes it.
func (r *reader) punctuation(tok source.Token) error {
	r.emit(string(rune(tok)))
	return r.expect(tok)
}

func (r *reader) separators() {
	for r.tok == ',' || r.tok == ';' {
		r.next()
	}
}

// name reads the name of something that is being declared.
func (r *reader) name(what string) (name string, at int, err error) {
	if r.tok != source.Ident {
		return "", 0, r.unexpected(what)
	}
	name, at = r.text(), r.start
	r.next()
	return name, at, nil
}

// literal reads a string.
func (r *reader) literal(what string) (string, error) {
	if r.tok != source.String {
		return "", r.unexpected(what)
	}
	text := unescape(r.text())
	r.next()
	return text, nil
}

// integer reads a whole number; value is what its digits mean.
func (r *reader) integer(what string, value func(string) (int64, error)) (int64, error) {
	if r.tok != source.Number {
		return 0, r.unexpected(what)
	}
	n, err := value(r.text())
	if err != nil {
		return 0, r.file.errorAt(r.start, "%v", err)
	}
	r.next()
	return n, nil
}

// integerOf is the value of decimal, 0x or 0o digits. A leading zero makes a
// number octal, as in thriftgo.
func integerOf(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 0, 64)
	switch {
	case err == nil && !strings.ContainsAny(text, "_bB") || err == nil && isHex(text):
		return n, nil
	case err != nil && strings.HasSuffix(err.Error(), strconv.ErrRange.Error()):
		return 0, fmt.Errorf("%s does not fit 64 bits", quoteShort(text))
	}
	return 0, fmt.Errorf("%s is not a whole number", quoteShort(text))
}

// fieldIDOf is the value of a field id: unlike in other numbers, zeros before
// it mean nothing, to thriftgo as to Apache's compiler.
func fieldIDOf(text string) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	return integerOf(text)
}

func isHex(text string) bool {
	text = strings.TrimLeft(text, "+-")
	return (strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X")) && !strings.Contains(text, "_")
}

// typeText is a type as it is written, without annotations.
type typeText struct {
	word      string
	key, elem *typeText // of containers
}

// typ reads a type; end is set behind it.
func (r *reader) typ(end *int) (t typeText, err error) {
	if r.tok != source.Ident {
		return t, r.unexpected("a type")
	}
	if r.depth++; r.depth > maxDepth {
		return t, r.tooDeep()
	}
	defer func() { r.depth-- }()
	word := r.text()
	t.word = word
	ahead := r.peek()
	if ahead.tok == '<' && (word == "sink" || word == "stream") {
		return t, r.foreign()
	}
	if (word == "map" || word == "set" || word == "list") && (ahead.tok == '<' || ahead.isWord("cpp_type")) {
		if err := r.container(&t); err != nil {
			return t, err
		}
	} else {
		r.typeName(word)
	}
	*end = r.before
	return t, r.annotations(nil)
}

// typeName writes a name with an underscore before it where it is none of the
// language's own, since the parser takes optionalThing for an optional Thing.
func (r *reader) typeName(word string) {
	if _, known := baseTypes[word]; known {
		r.emit(word)
	} else {
		r.refs = append(r.refs, ref{name: word, at: r.start})
		r.emit("_" + word)
	}
	r.next()
}

func (r *reader) container(t *typeText) error {
	r.emit(t.word)
	r.next()
	if err := r.cppType(); err != nil {
		return err
	}
	if err := r.punctuation('<'); err != nil {
		return err
	}
	var end int
	first, err := r.typ(&end)
	if err != nil {
		return err
	}
	t.elem = &first
	if t.word == "map" {
		if err := r.punctuation(','); err != nil {
			return err
		}
		value, err := r.typ(&end)
		if err != nil {
			return err
		}
		t.key, t.elem = t.elem, &value
	}
	if err := r.punctuation('>'); err != nil {
		return err
	}
	return r.cppType()
}

func (r *reader) cppType() error {
	if !r.isWord("cpp_type") {
		return nil
	}
	r.next()
	_, err := r.literal("a type of C++ in quotes")
	return err
}

// annotations reads annotations, if there are any, and adds them to list.
func (r *reader) annotations(list *[]annotation) error {
	if r.tok != '(' {
		return nil
	}
	r.next()
	for r.tok != ')' {
		// Without a value, an annotation is "1", as in Apache's thrifty.yy.
		a := annotation{at: r.start}
		a.Value = "1"
		var err error
		if a.Key, _, err = r.name(`an annotation or ")"`); err != nil {
			return err
		}
		if r.tok == '=' {
			r.next()
			if a.Value, err = r.literal("the value of the annotation in quotes"); err != nil {
				return err
			}
		}
		if list != nil {
			*list = append(*list, a)
		}
		r.separators()
	}
	r.next()
	return nil
}

// annotationsOf reads annotations and moves end behind them, if there are any.
func (r *reader) annotationsOf(list *[]annotation, end *int) error {
	some := r.tok == '('
	if err := r.annotations(list); err != nil {
		return err
	}
	if some && end != nil {
		*end = r.before
	}
	return nil
}

func (r *reader) annotationsEnd(end *int) error {
	var ignored []annotation
	return r.annotationsOf(&ignored, end)
}
