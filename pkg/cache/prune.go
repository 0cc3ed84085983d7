package cache

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// The folder is looked through after one write in 32, and after each that is large. What
// is above the limit goes, the oldest first, and a fourth of the limit with it.
const (
	maxFolder  = 64 << 20
	largeEntry = 1 << 20
	// abandoned is the age of a file being written at which nobody does any more.
	abandoned = time.Hour
)

// due reports whether a write is one after which to look. Keys are even.
func due(k Key, size int) bool { return k[len(k)-1] < 8 || size >= largeEntry }

// prune removes what is too much, and what was never finished. Files that are no entries
// stay.
func (f folder) prune(now time.Time) {
	dir, err := f.root.Open(".")
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.ReadDir(-1)
	var entries []fs.FileInfo
	var size int64
	for _, n := range names {
		info, err := n.Info()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case isEntry(n.Name()):
			entries = append(entries, info)
			size += info.Size()
		case strings.HasPrefix(n.Name(), temporary) && now.Sub(info.ModTime()) > abandoned:
			_ = f.root.Remove(n.Name())
		}
	}
	if size > maxFolder {
		f.shrink(entries, size, maxFolder-maxFolder/4)
	}
}

// shrink removes the oldest entries until size is at most limit.
func (f folder) shrink(entries []os.FileInfo, size, limit int64) {
	slices.SortFunc(entries, func(a, b os.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, e := range entries {
		if size <= limit {
			return
		}
		if f.root.Remove(e.Name()) == nil {
			size -= e.Size()
		}
	}
}

// isEntry reports whether a name is that of a key.
func isEntry(name string) bool {
	return len(name) == 2*len(Key{}) && strings.Trim(name, "0123456789abcdef") == ""
}
