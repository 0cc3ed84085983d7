package cmd

import (
	"io"
	"os"
)

// outlet is where replies go: stdout, or the file of -o.
type outlet struct {
	io.Writer
	file *lazyFile // nil for stdout
}

func (o *callOptions) outlet(std streams) outlet {
	out := outletTo(std, o.format.file)
	if out.file != nil {
		out.file.appends = std.inside.appends()
	}
	return out
}

// outletTo is a file of this name, or stdout where it is empty or -.
func outletTo(std streams, name string) outlet {
	if name == "" || name == "-" {
		return outlet{std.out, nil}
	}
	file := &lazyFile{name: name}
	return outlet{std.life.watch(file), file}
}

// close closes the output file, if there is one. A call that went well leaves a
// file even where it had nothing to write: an older one would pass for its own.
func (o outlet) close(success bool) error {
	if o.file == nil || o.file.f == nil && !success {
		return nil
	}
	if _, err := o.file.Write(nil); err != nil {
		return &outputError{err}
	}
	if err := o.file.f.Close(); err != nil {
		return &outputError{err}
	}
	return nil
}

// lazyFile is made by the first write, so that a failed call leaves an older
// file as it was.
type lazyFile struct {
	name    string
	appends bool // behind what the file has
	f       *os.File
}

func (l *lazyFile) Write(p []byte) (int, error) {
	if l.f == nil {
		// For writing only: a FIFO waits for a reader, which os.Create would not do.
		how := os.O_TRUNC
		if l.appends {
			how = os.O_APPEND
		}
		f, err := os.OpenFile(l.name, os.O_WRONLY|os.O_CREATE|how, 0o666)
		if err != nil {
			return 0, err
		}
		l.f = f
	}
	return l.f.Write(p)
}
