package cmd

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// watchedFiles tells when files have changed, by their sizes and times: what editors and git
// do to a file, notifications of a system tell in too many ways.
type watchedFiles struct {
	names []string // files, and folders with what is below them
	last  map[string]stamp
}

type stamp struct {
	size int64
	time time.Time
}

// maxWatched bounds the files that are looked at.
const maxWatched = 10000

// changed reports whether something has changed since it was last asked.
func (w *watchedFiles) changed() bool {
	now := map[string]stamp{}
	for _, name := range w.names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
		case info.IsDir():
			w.below(name, now)
		default:
			now[name] = stamp{info.Size(), info.ModTime()}
			if isSource(name) { // what it imports is near
				w.below(filepath.Dir(name), now)
			}
		}
	}
	same := len(now) == len(w.last)
	for name, s := range now {
		same = same && w.last[name] == s
	}
	first := w.last == nil
	w.last = now
	return !same && !first
}

// below adds the sources of IDL in a folder.
func (w *watchedFiles) below(dir string, to map[string]stamp) {
	_ = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || len(to) >= maxWatched {
			return filepath.SkipDir
		}
		if !e.IsDir() && isSource(name) {
			if info, err := e.Info(); err == nil {
				to[name] = stamp{info.Size(), info.ModTime()}
			}
		}
		return nil
	})
}

func isSource(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".proto" || ext == ".thrift"
}
