package jq

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// order has the keys of the objects of a text in the order in which they stand there,
// by the same keys sorted. gojq's maps have lost it, and people read the output.
type order map[string][]string

// signature is the same for objects with the same keys.
func signature(sorted []string) string { return strings.Join(sorted, "\x00") }

// note remembers the keys of an object, unless they are sorted anyway.
func (o order) note(keys []string) {
	if slices.IsSorted(keys) {
		return
	}
	name := signature(slices.Sorted(slices.Values(keys)))
	if _, met := o[name]; !met {
		o[name] = keys
	}
}

// decode reads one JSON text. Numbers stay texts: float64 has not all digits.
func decode(text []byte) (Value, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	r := reader{d, order{}}
	v, err := r.value()
	if err != nil {
		return Value{}, fmt.Errorf("read JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Value{}, fmt.Errorf("read JSON: there is more behind the value")
	}
	return Value{v, r.order}, nil
}

// reader makes gojq's values of tokens.
type reader struct {
	*json.Decoder
	order order
}

func (r reader) value() (any, error) {
	token, err := r.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		return r.array()
	case json.Delim('{'):
		return r.object()
	}
	return token, nil
}

func (r reader) array() (any, error) {
	list := []any{}
	for r.More() {
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	_, err := r.Token()
	return list, err
}

func (r reader) object() (any, error) {
	object := map[string]any{}
	var keys []string
	for r.More() {
		key, err := r.Token()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("a key is no string: %v", key)
		}
		if _, twice := object[name]; !twice {
			keys = append(keys, name)
		}
		if object[name], err = r.value(); err != nil {
			return nil, err
		}
	}
	r.order.note(keys)
	_, err := r.Token()
	return object, err
}
