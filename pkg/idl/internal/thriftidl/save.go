package thriftidl

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Save writes the files that declare the symbols and all that these include. They
// keep their places relative to each other; where an include would not be found
// there any more, its path is changed.
func (s *Schema) Save(ctx context.Context, o idl.SaveOptions, symbols ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, broken, err := source.Sift(ctx, symbols, func(symbols []string) ([]*file, error) { return s.filesOf(ctx, symbols) })
	if err != nil {
		return err
	}
	if o.Take != nil || source.IsSetName(o.Dest) {
		return &idl.NoDescriptorSetError{Dest: o.Dest}
	}
	if err := write(o, files); err != nil {
		return err
	}
	return broken
}

// write writes files, if there are any.
func write(o idl.SaveOptions, files []*file) error {
	if len(files) == 0 {
		return nil
	}
	places, err := savePlaces(files)
	if err != nil {
		return err
	}
	dir, err := source.OpenFolder(o.Dest, o.Force)
	if err != nil {
		return err
	}
	defer dir.Close()
	for _, f := range files {
		if err := dir.Write(places[f], []byte(f.relocated(places))); err != nil {
			return err
		}
	}
	return nil
}

// filesOf lists the files of symbols and of their includes, each once.
func (s *Schema) filesOf(ctx context.Context, symbols []string) ([]*file, error) {
	var files []*file
	seen := map[*file]bool{}
	add := func(f *file) {
		if !seen[f] {
			seen[f] = true
			files = append(files, f)
		}
	}
	for _, symbol := range symbols {
		f, err := s.fileOf(ctx, symbol)
		if err != nil {
			return nil, err
		}
		add(f)
	}
	for i := 0; i < len(files); i++ {
		for _, inc := range files[i].includes {
			target, err := s.open(files[i], inc)
			if err != nil {
				return nil, err
			}
			add(target)
		}
	}
	return files, nil
}

// fileOf is the file that a service, a type, a constant or the service of a
// method is declared in. An inherited method needs the file of the service that
// was called, which includes the other.
func (s *Schema) fileOf(ctx context.Context, symbol string) (*file, error) {
	name := strings.Trim(symbol, "/")
	if !strings.Contains(name, "/") {
		d, err := s.find(ctx, name, spaceService, spaceType, spaceConst)
		if err != nil {
			return nil, err
		}
		if d != nil {
			return d.file, nil
		}
	}
	m, err := s.findMethod(ctx, name)
	if err != nil {
		return nil, err
	}
	return m.service.file, nil
}

// savePlaces gives each file a path in the folder: files on disk their path below
// the lowest folder that has all of them, strings their name.
func savePlaces(files []*file) (map[*file]string, error) {
	common := ""
	for _, f := range files {
		if dir := filepath.Dir(f.key); f.disk && common == "" {
			common = dir
		} else if f.disk {
			for !isWithin(common, dir) {
				common = filepath.Dir(common)
			}
		}
	}
	places := map[*file]string{}
	taken := map[string]*file{}
	for _, f := range files {
		place := strings.TrimLeft(path.Clean("/"+filepath.ToSlash(f.key)), "/")
		if f.disk {
			place, _ = source.Within(common, f.key)
		}
		if place == "" {
			place = "idl.thrift" // a text without a name
		} else if path.Ext(place) != ".thrift" {
			place += ".thrift"
		}
		if other := taken[place]; other != nil {
			return nil, fmt.Errorf("save IDL: %s and %s would both be %s", other.shown, f.shown, place)
		}
		taken[place], places[f] = f, place
	}
	return places, nil
}

func isWithin(dir, sub string) bool {
	_, ok := source.Within(dir, sub)
	return ok
}

// relocated is the text with includes that are found from its new place.
func (f *file) relocated(places map[*file]string) string {
	var b strings.Builder
	at := 0
	for _, inc := range f.includes {
		want := places[inc.file]
		here := path.Dir(places[f])
		if path.Join(here, filepath.ToSlash(inc.path)) == want {
			continue
		}
		rel, err := filepath.Rel(filepath.FromSlash(here), filepath.FromSlash(want))
		if err != nil {
			continue // never: both are relative
		}
		b.WriteString(f.src[at:inc.start])
		b.WriteString(`"` + filepath.ToSlash(rel) + `"`)
		at = inc.end
	}
	b.WriteString(f.src[at:])
	return b.String()
}
