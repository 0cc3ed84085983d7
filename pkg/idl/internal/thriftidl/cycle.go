package thriftidl

import (
	"context"
	"strings"
)

// closeCycle looks whether a file that has just been read includes one of those
// that lead to it. Files that have not been read are left alone.
func (s *Schema) closeCycle(f *file) error {
	for _, inc := range f.includes {
		if inc.file != nil || !s.prefixes[inc.prefix] {
			continue
		}
		target, abs, err := s.locate(f, inc)
		if err != nil {
			continue // said when it is needed
		}
		if target == nil {
			target = s.onDisk[abs]
		}
		if target == nil {
			continue
		}
		inc.file = target
		if err := s.cycle(target, f, inc); err != nil {
			return err
		}
	}
	return nil
}

// cycle reports a chain of includes from a file back to the one that includes it.
func (s *Schema) cycle(from, to *file, inc *include) error {
	s.mark++
	chain := includeChain(from, to, s.mark)
	if chain == nil {
		return nil
	}
	names := []string{to.shown}
	for _, f := range chain {
		names = append(names, f.shown)
	}
	return to.errorAt(inc.start, "include cycle %s", strings.Join(names, " -> "))
}

// includeChain is the way from a file to another over includes that are open. A
// file is visited once for each mark.
func includeChain(from, to *file, mark int) []*file {
	if from == to {
		return []*file{to}
	}
	from.mark = mark
	for _, inc := range from.includes {
		if inc.file == nil || inc.file.mark == mark {
			continue
		}
		if rest := includeChain(inc.file, to, mark); rest != nil {
			return append([]*file{from}, rest...)
		}
	}
	return nil
}

// readAll reads everything that the named files include.
func (s *Schema) readAll(ctx context.Context) error {
	if err := s.readFolderFiles(ctx); err != nil || s.complete {
		return err
	}
	for i := 0; i < len(s.files); i++ {
		for _, inc := range s.files[i].includes {
			if err := ctx.Err(); err != nil {
				return err
			}
			if inc.file != nil {
				continue
			}
			if _, err := s.attach(s.files[i], inc); err != nil {
				return err
			}
		}
	}
	if s.circular == nil {
		s.circular = s.anyCycle()
	}
	s.complete = s.circular == nil
	return s.circular
}

// anyCycle looks at all files, once each.
func (s *Schema) anyCycle() error {
	s.mark += 2
	open, done := s.mark-1, s.mark // on the way, and known to be in no cycle
	var visit func(f *file) error
	visit = func(f *file) error {
		f.mark = open
		for _, inc := range f.includes {
			switch inc.file.mark {
			case open:
				return s.cycle(inc.file, f, inc)
			case done:
			default:
				if err := visit(inc.file); err != nil {
					return err
				}
			}
		}
		f.mark = done
		return nil
	}
	for _, f := range s.files {
		if f.mark != done {
			if err := visit(f); err != nil {
				return err
			}
		}
	}
	return nil
}
