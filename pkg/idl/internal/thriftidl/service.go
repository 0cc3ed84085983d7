package thriftidl

import "github.com/idlcall/idlcall/pkg/idl/internal/source"

// service reads a service from its keyword on.
func (r *reader) service(d *decl, b *body) (err error) {
	r.next()
	if _, _, err = r.name("the name of the service"); err != nil {
		return err
	}
	if r.isWord("extends") {
		r.next()
		if b.extends, b.extendsAt, err = r.name("the name of a service"); err != nil {
			return err
		}
	}
	if err = r.expect('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for r.tok != '}' {
		fn, err := r.function()
		if err != nil {
			return err
		}
		if seen[fn.name] {
			return r.file.errorAt(fn.nameAt, "service %s has two methods named %q", d.name, fn.name)
		}
		seen[fn.name] = true
		b.funcs = append(b.funcs, fn)
	}
	r.next()
	return r.annotationsOf(&b.annotations, nil)
}

func (r *reader) function() (fn *function, err error) {
	if r.tok != source.Ident {
		return nil, r.unexpected(`a method or "}"`)
	}
	r.out, r.refs, r.notes = nil, nil, nil
	fn = &function{doc: r.doc, start: r.start}
	if ahead := r.peek(); r.isWord("oneway") || r.isWord("async") && ahead.tok == source.Ident {
		fn.oneway = true
		r.next()
	}
	fn.typeAt, fn.typeEnd = r.start, r.end
	if r.isWord("void") {
		fn.void = true
		r.emit("void")
		r.next()
		err = r.annotations(nil)
	} else {
		fn.typ, err = r.typ(&fn.typeEnd)
	}
	if err != nil {
		return nil, err
	}
	if fn.name, fn.nameAt, err = r.name("the name of the method"); err != nil {
		return nil, err
	}
	r.emit(fn.name)
	return fn, r.parameters(fn)
}

// parameters reads a method from its parameters on.
func (r *reader) parameters(fn *function) (err error) {
	if err = r.punctuation('('); err != nil {
		return err
	}
	if fn.args, err = r.fields(')', "method "+fn.name); err != nil {
		return err
	}
	fn.end = r.before
	if r.isWord("throws") {
		fn.throwsAt = r.start
		r.emit("throws")
		r.next()
		if err = r.punctuation('('); err != nil {
			return err
		}
		if fn.throws, err = r.fields(')', "throws of method "+fn.name); err != nil {
			return err
		}
		fn.end = r.before
	}
	if err = r.annotationsOf(&fn.annotations, &fn.end); err != nil {
		return err
	}
	r.separators()
	fn.part = r.part()
	return nil
}
