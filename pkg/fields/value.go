package fields

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/shape"
)

// json is the JSON of the pair's value at a place of the shape.
func (p *Pair) json(s shape.Shape, read func(name string) ([]byte, error)) ([]byte, error) {
	name, isFile := strings.CutPrefix(p.Value, "@")
	if p.Raw {
		text := []byte(p.Value)
		if isFile {
			var err error
			if text, err = read(name); err != nil {
				return nil, p.fault("%v", err)
			}
		}
		if !json.Valid(text) {
			return nil, p.fault("behind := there must be one JSON value")
		}
		return text, nil
	}
	switch s.Kind {
	case shape.Message:
		return nil, p.fault("it is a message of type %s: give its fields (%s.FIELD=VALUE), or JSON (%s:='{...}')", s.Name, p.Path, p.Path)
	case shape.List:
		return nil, p.fault("it is a list: add elements (%s[]=VALUE), or give JSON (%s:='[...]')", p.Path, p.Path)
	case shape.Map:
		return nil, p.fault("it is a map: give entries (%s.KEY=VALUE), or JSON (%s:='{...}')", p.Path, p.Path)
	}
	text, err := s.JSON(p.Value, read)
	if v, ok := errors.AsType[*shape.ValueError](err); ok {
		fault := p.fault("%s", v.Message)
		fault.Nearest, fault.Value = v.Nearest, s.Kind == shape.Enum
		return nil, fault
	}
	return text, err
}

// fault is a mistake in the value.
func (p *Pair) fault(format string, args ...any) *Error {
	return &Error{Path: p.Path, Message: fmt.Sprintf(format, args...)}
}
