package cmd

import (
	"io"
	"os"

	"golang.org/x/term"
)

// streams are the three files of the process, or stand-ins in a test.
type streams struct {
	in       io.Reader
	out, err io.Writer
	life     *lifetime  // nil in tests
	look     *look      // of err; nil in tests
	row      *statusRow // below out and err; nil in tests
	// args are the command line, and kitex is that of MainWith.
	args  []string
	kitex Kitex
	// completing says that a shell asks what may come next.
	completing bool
	inside     *inside // nil outside of a shell
}

// isTerminal reports whether a stream is an interactive terminal.
func isTerminal(stream any) bool {
	f := fileOf(stream)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// fileOf is the file that a stream ends in, or nil.
func fileOf(stream any) *os.File {
	for {
		w, ok := stream.(interface{ Unwrap() io.Writer })
		if !ok {
			f, _ := stream.(*os.File)
			return f
		}
		stream = w.Unwrap()
	}
}

// columnsOf is how wide the terminal is that a stream ends in, or 0.
func columnsOf(stream any) int {
	f := fileOf(stream)
	if f == nil {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
