package protoidl

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// fetchSymbol asks the server for the files that declare a symbol. Negative
// answers are remembered, here as below.
func (p *pool) fetchSymbol(ctx context.Context, name string) error {
	return p.fetch("symbol "+name, func() ([][]byte, error) { return p.remote.Symbol(ctx, name) })
}

func (p *pool) fetchFile(ctx context.Context, name string) error {
	return p.fetch("file "+name, func() ([][]byte, error) { return p.remote.File(ctx, name) })
}

func (p *pool) fetchExtension(ctx context.Context, message string, number int32) error {
	return p.fetch(fmt.Sprintf("extension %d of %s", number, message), func() ([][]byte, error) {
		return p.remote.Extension(ctx, message, number)
	})
}

func (p *pool) fetch(what string, ask func() ([][]byte, error)) error {
	if p.failed[what] {
		return nil
	}
	files, err := ask()
	if err != nil {
		return err
	}
	got := false
	for _, raw := range files {
		added, err := p.addFetched(raw)
		if err != nil {
			return err
		}
		got = got || added
	}
	if !got {
		p.failed[what] = true
	}
	return nil
}

// addFetched adds a file that a server sent. Servers send files again, and some
// send different files under one name, or placeholders of files that they do not
// have, which are not added.
func (p *pool) addFetched(raw []byte) (bool, error) {
	f, err := encoded(raw)
	if err != nil {
		return false, fmt.Errorf("server reflection: a file of %d bytes is %w", len(raw), err)
	}
	if f.outline.Placeholder {
		return false, nil
	}
	name := f.name
	if known := p.byName[name]; known != nil {
		if bytes.Equal(known.raw, f.raw) {
			return true, nil
		}
		if p.knowsAll(f) {
			if p.contradicts(f) {
				p.warning(fmt.Sprintf("the server has two files named %s, which differ: the first is used", name))
			}
			return true, nil
		}
		f.name = p.freeName(f)
		p.warning(fmt.Sprintf("the server has two files named %s, which differ: both are used", name))
	}
	f.shown, f.named = name, true
	p.add(f)
	return true, nil
}

func (p *pool) knowsAll(f *file) bool {
	for _, d := range f.decls {
		if p.symbols[d.Name] == nil {
			return false
		}
	}
	return true
}

// contradicts reports whether a file declares something in another way than is known.
func (p *pool) contradicts(f *file) bool {
	return slices.ContainsFunc(f.decls, func(d *decl) bool {
		known := p.symbols[d.Name]
		return known != nil && known.Raw != nil && !bytes.Equal(known.Raw, d.Raw)
	})
}

// fetchImports asks for those imports of an encoded file that are missing, until
// one of them has the symbol.
func (p *pool) fetchImports(ctx context.Context, f *file, full string) (*decl, error) {
	for _, e := range f.imports {
		if p.byName[e.name] != nil {
			continue
		}
		if err := p.fetchFile(ctx, e.name); err != nil {
			return nil, err
		}
		if d := prefixed(p.symbols, full); d != nil {
			return d, nil
		}
	}
	return nil, nil
}
