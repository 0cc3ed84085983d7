package document

import (
	"slices"

	"github.com/idlcall/idlcall/pkg/shape"
)

// keys offers the members of the innermost object that are not there yet.
func (w *writer) keys(f *frame) {
	s, given := w.outer.shape, slices.Concat(f.given, w.rest.given)
	typed := w.typed()
	complete := true // as far as codecs demand fields
	switch {
	case !w.outer.known:
	case s.Kind == shape.Map:
		w.mapKeys(s, given, typed)
	case s.Kind == shape.Free && s.Form == shape.Any:
		complete = w.anyKeys(f, given, typed)
	case s.Kind == shape.Message:
		complete = w.fields(s, given, typed)
	}
	if typing := w.cursor.typed.kind != end; typing {
		w.hintOfKey(typed)
	} else if complete && (f.state == wantMore || len(given) == 0 && len(w.out.Candidates) == 0) {
		w.end("}")
	}
	if w.out.Hint == "" {
		w.hintOfObject()
	}
}

// typed is the text of what is being typed.
func (w *writer) typed() string {
	t := w.cursor.typed
	if t.kind == end {
		return ""
	}
	return unquote(w.text[t.from:w.at])
}

// fields offers the fields of a message, and reports whether all that it must have is
// there.
func (w *writer) fields(s shape.Shape, given []string, typed string) bool {
	all := s.Fields()
	has, oneofs := map[string]bool{}, map[string]bool{}
	for _, name := range given {
		has[name] = true
	}
	complete := true
	for i := range all {
		f := &all[i]
		isGiven := slices.ContainsFunc(f.Names, func(name string) bool { return has[name] })
		if isGiven && f.Oneof != "" {
			oneofs[f.Oneof] = true
		}
		complete = complete && (isGiven || !f.Required)
	}
	complete = complete && (!s.Union || len(oneofs) > 0)
	free := slices.DeleteFunc(all, func(f shape.Field) bool {
		return oneofs[f.Oneof] || slices.ContainsFunc(f.Names, func(name string) bool { return has[name] })
	})
	slices.SortStableFunc(free, func(a, b shape.Field) int { return order(&a) - order(&b) })
	names := func(f *shape.Field) []string { return f.Names }
	best(free, typed, names, func(f *shape.Field, name string) {
		p := place{shape: f.Shape(), known: true, field: f, name: f.Names[0]}
		c := Candidate{Text: w.member(name, p.shape), Shown: name, Note: w.note(&p), Group: "fields"}
		if f.Oneof != "" {
			c.Group = "oneof " + f.Oneof
		}
		w.add(c)
	})
	return complete
}

// order has fields last that nobody is to use, or that are filled without a user.
func order(f *shape.Field) int {
	if f.Deprecated || f.Base {
		return 1
	}
	return 0
}

// member is the text of a key with what follows it, as far as that is not there.
func (w *writer) member(name string, s shape.Shape) string {
	text := w.sep + quote(name)
	switch {
	case w.rest.begins(w.text, ":"):
		return text
	case w.rest.first.kind == end || w.rest.begins(w.text, "},]"):
		return text + ": " + begin(s)
	}
	return text + ": "
}

// anyKeys offers the fields of the message inside a google.protobuf.Any.
func (w *writer) anyKeys(f *frame, given []string, typed string) bool {
	if !slices.Contains(given, "@type") {
		best([]string{"@type"}, typed, func(s *string) []string { return []string{*s} }, func(_ *string, name string) {
			w.add(Candidate{Text: w.member(name, shape.Shape{Kind: shape.Text}), Shown: name, Note: "URL that ends in the name of a message", Group: "fields"})
		})
		return len(given) == 0
	}
	url := f.url
	if url == "" {
		url = w.rest.url
	}
	if s, ok := w.outer.shape.Inside(url); ok {
		return w.fields(s, given, typed)
	}
	return true
}

// mapKeys offers the keys of a map, where there are few, or what a key begins with.
func (w *writer) mapKeys(s shape.Shape, given []string, typed string) {
	key := s.Key()
	var free []shape.Value
	for _, v := range words(key) {
		if !slices.Contains(given, v.Name) {
			free = append(free, v)
		}
	}
	best(free, typed, valueNames, func(v *shape.Value, name string) {
		w.add(Candidate{Text: w.member(name, s.Elem()), Shown: name, Note: first(w.notes.Value(key.Name, v.Name)), Group: "keys"})
	})
	switch t := w.cursor.typed; {
	case len(words(key)) > 0:
	case t.kind == end:
		w.add(Candidate{Text: w.sep + `"`, Shown: `"`, Note: key.Name, Group: "keys"})
	case t.kind == str && !t.open:
		whole := unquote(w.text[t.from:t.to])
		w.add(Candidate{Text: w.member(whole, s.Elem()), Shown: quote(whole), Note: s.Elem().String(), Group: "keys"})
	}
}

// words are the values there are, where there are few.
func words(s shape.Shape) []shape.Value {
	if s.Kind == shape.Bool {
		return []shape.Value{{Name: "true"}, {Name: "false"}}
	}
	return s.Values()
}

func valueNames(v *shape.Value) []string { return []string{v.Name} }
