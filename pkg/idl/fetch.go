package idl

import (
	"bytes"
	"context"
	"fmt"
)

// fetchSymbol asks the server for the files that declare a symbol. Negative
// answers are remembered, here as below.
func (p *pool) fetchSymbol(ctx context.Context, name string) error {
	return p.fetch("symbol "+name, func() ([][]byte, error) { return p.remote.symbol(ctx, name) })
}

func (p *pool) fetchFile(ctx context.Context, name string) error {
	return p.fetch("file "+name, func() ([][]byte, error) { return p.remote.file(ctx, name) })
}

func (p *pool) fetchExtension(ctx context.Context, message string, number int32) error {
	return p.fetch(fmt.Sprintf("extension %d of %s", number, message), func() ([][]byte, error) {
		return p.remote.extension(ctx, message, number)
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
	if len(files) == 0 {
		p.failed[what] = true
	}
	for _, raw := range files {
		if err := p.addFetched(raw); err != nil {
			return err
		}
	}
	return nil
}

// addFetched adds a file that a server sent. Servers send files again, and some
// send different files under one name.
func (p *pool) addFetched(raw []byte) error {
	f, err := scanRaw(raw)
	if err != nil {
		return fmt.Errorf("server reflection: a file of %d bytes is %w", len(raw), err)
	}
	if known := p.byName[f.name]; known != nil {
		if bytes.Equal(known.raw, f.raw) || p.knowsAll(f) {
			return nil
		}
		f.name = p.freeName(f)
	}
	f.shown, f.named = f.name, true
	p.add(f)
	return nil
}

func (p *pool) knowsAll(f *file) bool {
	for _, d := range f.decls {
		if p.symbols[d.name] == nil {
			return false
		}
	}
	return true
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
