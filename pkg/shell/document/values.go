package document

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/shape"
)

// value is a value that may be offered.
type value struct{ name, text, note string }

// values offers what may stand where a value belongs.
func (w *writer) values() {
	p := &w.inner
	if !p.known {
		return
	}
	t := w.cursor.typed
	typed := w.typed()
	best(w.known(p), typed, func(v *value) []string { return []string{v.name} }, func(v *value, _ string) {
		w.add(Candidate{Text: v.text, Shown: v.name, Note: v.note, Group: "values"})
	})
	if t.kind != end || len(w.out.Candidates) > 0 {
		return
	}
	if text := opening(p); text != "" {
		w.add(Candidate{Text: text, Shown: text, Note: w.note(p), Group: "values"})
	}
}

// known are the values of a place that have a name, and examples of those that have a form.
func (w *writer) known(p *place) []value {
	s := p.shape
	var list []value
	if f := p.field; f != nil && f.Default != nil && json.Valid(f.Default) && len(words(s)) == 0 {
		list = append(list, value{strings.Trim(string(f.Default), `"`), string(f.Default), "default"})
	}
	switch {
	case s.Kind == shape.Bool:
		list = append(list, value{"true", "true", ""}, value{"false", "false", ""})
	case s.Kind == shape.Enum:
		for _, v := range s.Values() {
			if w.outer.shape.Distinct && slices.Contains(w.cursor.top().given, v.Name) {
				continue
			}
			list = append(list, value{v.Name, quote(v.Name), first(w.notes.Value(s.Name, v.Name))})
		}
	case s.Kind == shape.Free && s.Form == shape.Plain:
		list = append(list, value{"true", "true", ""}, value{"false", "false", ""}, value{"null", "null", ""})
	default:
		if example, note := example(s); example != "" {
			list = append(list, value{example, quote(example), note})
		}
	}
	return list
}

// example is a value of a text that has a form.
func example(s shape.Shape) (text, note string) {
	switch s.Form {
	case shape.Timestamp:
		return "2026-01-02T03:04:05Z", "an example: RFC 3339, with any offset"
	case shape.Duration:
		return "1.5s", "an example: seconds, and an s"
	case shape.FieldMask:
		return "name,address.city", "an example: paths in lowerCamelCase"
	case shape.UUID:
		return "123e4567-e89b-42d3-a456-426614174000", "an example"
	}
	return "", ""
}

// exhausted reports whether a set has all the values that there are.
func (w *writer) exhausted(p *place) bool {
	return w.outer.shape.Distinct && p.shape.Kind == shape.Enum && len(w.known(p)) == 0
}
