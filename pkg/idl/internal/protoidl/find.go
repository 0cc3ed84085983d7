package protoidl

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// open follows an import; nil if the file is nowhere.
func (p *pool) open(ctx context.Context, f *file, e *importEdge) (*file, error) {
	if e.opened {
		return e.file, nil
	}
	got, err := p.openName(ctx, f, e.name)
	if err != nil {
		return nil, err
	}
	e.file, e.opened = got, true
	return got, nil
}

func (p *pool) openName(ctx context.Context, importer *file, name string) (*file, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := p.byName[name]
	if f != nil && (f.path == "" || importer.path == "" || len(p.disk.Includes) > 0) {
		return f, nil
	}
	// Another tree may have a file of the same name, so the disk decides.
	if path, ok := p.locate(importer, name); ok {
		if f != nil && f.path == path {
			return f, nil
		}
		return p.read(name, path)
	}
	if f != nil {
		return f, nil
	}
	if p.remote != nil {
		if err := p.fetchFile(ctx, name); err != nil {
			return nil, err
		}
		if f := p.byName[name]; f != nil {
			return f, nil
		}
	}
	if f := p.addBuiltin(name); f != nil {
		return f, nil
	}
	p.addGoogle(name)
	return p.byName[name], nil
}

// locate finds the file on disk that an import of f names.
func (p *pool) locate(f *file, name string) (string, bool) {
	local := filepath.FromSlash(name)
	if filepath.IsAbs(local) {
		return local, source.IsFile(local)
	}
	if path, ok := source.Find(p.disk.Includes, local); ok {
		return path, true
	}
	if f.dirs == nil {
		imports := make([]string, len(f.imports))
		for i, e := range f.imports {
			imports[i] = e.name
		}
		f.dirs = p.disk.Roots(f.path, imports)
	}
	return source.Find(f.dirs, local)
}

// read reads and indexes a proto source file, once.
func (p *pool) read(name, path string) (*file, error) {
	if f := p.byPath[path]; f != nil {
		f.alias(name)
		return f, nil
	}
	src, err := p.disk.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := p.addText(name, p.disk.Shown(path), path, string(src))
	p.byPath[path] = f
	return f, nil
}

// readWhile reads the unread files whose score for a name is at least min, until
// found says that it is enough. With min 0 it reads all of them.
func (p *pool) readWhile(ctx context.Context, name string, min int, found func(*file) bool) error {
	for i := 0; i < len(p.unread); i++ {
		s := p.unread[i]
		if s.name == "" || min > 0 && score(s.name, name) < min {
			continue
		}
		p.unread[i] = unreadFile{}
		f, err := p.openUnread(ctx, s)
		if err != nil {
			return err
		}
		if f != nil && found(f) {
			return nil
		}
	}
	if min == 0 {
		p.unread = p.unread[:0]
	}
	return ctx.Err()
}

func (p *pool) openUnread(ctx context.Context, s unreadFile) (*file, error) {
	if s.importer == nil {
		f, err := p.read(s.name, s.path)
		if f != nil {
			f.found = !f.named
			f.named = true
		}
		return f, err
	}
	return p.open(ctx, s.importer, s.edge)
}

// readAll reads every file there is.
func (p *pool) readAll(ctx context.Context) error {
	return p.readWhile(ctx, "", 0, func(*file) bool { return false })
}

// find finds the top-level declaration that is or contains a full name; nil if
// there is none. It reads the likelier files first and stops when it has it.
func (p *pool) find(ctx context.Context, full string) (*decl, error) {
	if d := prefixed(p.symbols, full); d != nil {
		return d, nil
	}
	if d, err := p.findBuiltin(ctx, full); d != nil || err != nil {
		return d, err
	}
	var d *decl
	found := func(f *file) bool { d = f.lookup(full); return d != nil }
	for _, min := range []int{1, 0} {
		if err := p.readWhile(ctx, full, min, found); err != nil || d != nil {
			return d, err
		}
	}
	if p.remote == nil {
		return nil, nil
	}
	if err := p.fetchSymbol(ctx, full); err != nil {
		return nil, err
	}
	return prefixed(p.symbols, full), nil
}

// score guesses from a file's path whether it declares a name: each part of the
// name's package that the end of the path's folder has counts, and so does a
// file called like the package's last part or like the name.
func score(path, full string) int {
	path = strings.TrimSuffix(path, ".proto")
	dir, base := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, base = path[:i], path[i+1:]
	}
	n := 0
	rest := full
	for rest != "" {
		head := rest
		if i := strings.LastIndexByte(rest, '.'); i >= 0 {
			head, rest = rest[i+1:], rest[:i]
		} else {
			rest = ""
		}
		if strings.EqualFold(strings.ReplaceAll(base, "_", ""), strings.ReplaceAll(head, "_", "")) {
			n++
		}
		if rest != "" && endsInPath(dir, rest) {
			return n + 1
		}
	}
	return n
}

// endsInPath reports whether a folder ends in the package's parts: "x/a/b" in
// "a.b".
func endsInPath(dir, pkg string) bool {
	if len(dir) < len(pkg) || dir != "" && len(dir) > len(pkg) && dir[len(dir)-len(pkg)-1] != '/' {
		return false
	}
	tail := dir[len(dir)-len(pkg):]
	for i := range len(pkg) {
		if tail[i] != pkg[i] && (tail[i] != '/' || pkg[i] != '.') {
			return false
		}
	}
	return true
}
