package idl

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// save writes the files that declare the symbols and all that these include. They
// keep their places relative to each other; where an include would not be found
// there any more, its path is changed.
func (s *thriftSchema) save(ctx context.Context, o SaveOptions, symbols []string) error {
	if isSetName(o.Dest) {
		return &NoDescriptorSetError{o.Dest}
	}
	broken := &BrokenError{}
	files, err := s.filesOf(ctx, symbols)
	if err != nil && len(symbols) > 1 && ctx.Err() == nil {
		symbols, err = broken.sift(ctx, symbols, func(symbol string) error {
			_, err := s.filesOf(ctx, []string{symbol})
			return err
		})
		if err == nil {
			files, err = s.filesOf(ctx, symbols)
		}
	}
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return broken.orNil()
	}
	places, err := savePlaces(files)
	if err != nil {
		return err
	}
	dir, err := openFolder(o.Dest, o.Force)
	if err != nil {
		return err
	}
	defer dir.close()
	for _, f := range files {
		if err := dir.write(places[f], []byte(f.relocated(places))); err != nil {
			return err
		}
	}
	return broken.orNil()
}

// filesOf lists the files of symbols and of their includes, each once.
func (s *thriftSchema) filesOf(ctx context.Context, symbols []string) ([]*thriftFile, error) {
	var files []*thriftFile
	seen := map[*thriftFile]bool{}
	add := func(f *thriftFile) {
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
func (s *thriftSchema) fileOf(ctx context.Context, symbol string) (*thriftFile, error) {
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
func savePlaces(files []*thriftFile) (map[*thriftFile]string, error) {
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
	places := map[*thriftFile]string{}
	taken := map[string]*thriftFile{}
	for _, f := range files {
		place := strings.TrimLeft(path.Clean("/"+filepath.ToSlash(f.key)), "/")
		if f.disk {
			place, _ = within(common, f.key)
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
	_, ok := within(dir, sub)
	return ok
}

// relocated is the text with includes that are found from its new place.
func (f *thriftFile) relocated(places map[*thriftFile]string) string {
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
