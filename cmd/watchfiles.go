package cmd

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// watchedFiles tells when files have changed, by their sizes and times: what editors and git
// do to a file, notifications of a system tell in too many ways.
type watchedFiles struct {
	mu    sync.Mutex
	files map[string]stamp // as they were last seen
	dirs  []string         // folders of IDL, to which files may be added
}

type stamp struct {
	size int64
	time time.Time
}

// newWatchedFiles watches a script, which may be "", and what a user names as IDL.
func newWatchedFiles(script string, idl []string) *watchedFiles {
	w := &watchedFiles{files: map[string]stamp{}}
	if script != "" {
		w.add(script)
	}
	for _, name := range idl {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			w.dirs = append(w.dirs, name)
		}
	}
	return w
}

// add watches one more file, as it is now.
func (w *watchedFiles) add(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.files[name]; !ok {
		w.files[name] = stampOf(name)
	}
}

// stampOf is zero for a file that is not there.
func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

// changed reports whether something has changed since it was last asked.
func (w *watchedFiles) changed() bool {
	found := w.below()
	w.mu.Lock()
	defer w.mu.Unlock()
	changed := false
	for name, was := range w.files {
		if now := stampOf(name); now != was {
			w.files[name], changed = now, true
		}
	}
	for _, name := range found {
		if _, ok := w.files[name]; !ok {
			w.files[name], changed = stampOf(name), true
		}
	}
	return changed
}

// maxWatched bounds the files of folders that are looked at.
const maxWatched = 10000

// below are the files of IDL in the folders.
func (w *watchedFiles) below() []string {
	var found []string
	for _, dir := range w.dirs {
		_ = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || len(found) >= maxWatched {
				return filepath.SkipDir
			}
			if ext := filepath.Ext(name); !e.IsDir() && (ext == ".proto" || ext == ".thrift") {
				found = append(found, name)
			}
			return nil
		})
	}
	return found
}
