package kitexmap

import "github.com/idlcall/idlcall/pkg/format/internal/jsontext"

// number is a number of a document, as encoding/json's Number.
type number string

// parse makes a tree of a document: nil, bool, number, string, []any, map[string]any. Of a key
// that is given twice the last one counts.
func parse(document []byte) (any, error) {
	p := &jsontext.Parser{Src: document}
	v, err := parseValue(p, 0)
	if err == nil {
		err = p.End()
	}
	return v, err
}

func parseValue(p *jsontext.Parser, depth int) (any, error) {
	if depth > jsontext.MaxDepth {
		return nil, p.TooDeep()
	}
	switch c := p.Peek(); {
	case c == '{':
		object := map[string]any{}
		return object, p.Object(func(key []byte, _ int) (err error) {
			name := string(key)
			object[name], err = parseValue(p, depth+1)
			return err
		})
	case c == '[':
		list := []any{}
		err := p.Array(func(int) error {
			v, err := parseValue(p, depth+1)
			list = append(list, v)
			return err
		})
		return list, err
	case c == '"':
		text, err := p.Text()
		return string(text), err
	case c == '-' || c >= '0' && c <= '9':
		text, err := p.Number()
		return number(text), err
	case c == 't', c == 'f':
		return p.Bool()
	case p.Null():
		return nil, nil
	}
	return nil, p.Unexpected("a value")
}
