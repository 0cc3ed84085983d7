package source

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The sizes of the largest files that are read: a descriptor set holds many files,
// a text is one.
const (
	MaxIDL  = 256 << 20
	maxText = 32 << 20
)

// WholeLimit is the size up to which the files that the user named are looked at
// whole, so that every mistake in them is reported, also where it does not matter for
// what is asked.
const WholeLimit = 16 << 10

// readFile reads a file of IDL. One that is not regular may have no end.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read IDL: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() <= maxText {
		data := make([]byte, info.Size())
		n, err := io.ReadFull(f, data)
		if err == nil {
			return data, nil
		}
		if err == io.ErrUnexpectedEOF || err == io.EOF {
			return data[:n], nil // it has become shorter
		}
		return nil, fmt.Errorf("read IDL: %w", err)
	}
	return ReadLimited(f, path)
}

// ReadLimited reads all of a source, which shown names, if that is not too much.
func ReadLimited(src io.Reader, shown string) ([]byte, error) {
	limit := maxText
	if ext := filepath.Ext(shown); ext != ".proto" && ext != ".thrift" {
		limit = MaxIDL
	}
	data, err := io.ReadAll(io.LimitReader(src, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("read IDL: %w", err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("read IDL: %s has more than %d MiB", shown, limit>>20)
	}
	return data, nil
}
