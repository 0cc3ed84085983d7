package jq

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/itchyny/gojq"
)

// Value is an output.
type Value struct {
	v     any
	order order
}

// IsTrue reports whether jq takes the value for true: it is neither false nor null.
func (v Value) IsTrue() bool { return v.v != nil && v.v != false }

// Text is the value where it is a string.
func (v Value) Text() (string, bool) {
	s, ok := v.v.(string)
	return s, ok
}

// AppendJSON appends the value as compact JSON. The keys of an object stand as they do
// in an object of the input with the same keys; others are sorted.
func (v Value) AppendJSON(dst []byte) []byte { return v.order.append(dst, v.v) }

// AppendSorted appends the value as compact JSON with the keys of all objects sorted.
func (v Value) AppendSorted(dst []byte) []byte { return order(nil).append(dst, v.v) }

// Sort appends a JSON text anew with the keys of all objects sorted.
func Sort(dst, text []byte) ([]byte, error) {
	v, err := decode(text)
	if err != nil {
		return dst, err
	}
	return v.AppendSorted(dst), nil
}

func (o order) append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = o.append(dst, item)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for i, key := range o.keys(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(scalar(dst, key), ':')
			dst = o.append(dst, v[key])
		}
		return append(dst, '}')
	}
	return scalar(dst, v)
}

// scalar appends what has no parts.
func scalar(dst []byte, v any) []byte {
	if n, ok := v.(json.Number); ok {
		return append(dst, n...)
	}
	text, err := gojq.Marshal(v)
	if err != nil {
		return append(dst, "null"...) // gojq marshals whatever it yields
	}
	return append(dst, text...)
}

// keys are those of an object in the order in which to write them.
func (o order) keys(object map[string]any) []string {
	sorted := slices.Sorted(maps.Keys(object))
	if met, ok := o[signature(sorted)]; ok {
		return met
	}
	return sorted
}
