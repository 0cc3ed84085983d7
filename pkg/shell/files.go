package shell

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// Files are the files whose paths begin with what is typed, sorted; a folder has a slash behind it.
// Hidden ones are there for who types the dot, and names that a line could not have are not. The
// error is that of the folder.
func Files(begun string) ([]string, error) {
	folder, name := filepath.Split(begun)
	entries, err := os.ReadDir(cmp.Or(folder, "."))
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(name, ".")
		if hidden || !strings.HasPrefix(e.Name(), name) || strings.ContainsAny(e.Name(), "\t\n") {
			continue
		}
		path := folder + e.Name()
		if info, err := os.Stat(filepath.Join(folder, e.Name())); err == nil && info.IsDir() {
			path += "/"
		}
		list = append(list, path)
	}
	return list, nil
}

// files are those behind what stands before them in the text.
func files(before string, from int) editor.Completion {
	list, err := Files(before[from:])
	if err != nil {
		return editor.Completion{Message: visible(err.Error())}
	}
	c := editor.Completion{From: from}
	for _, path := range list {
		switch {
		case strings.ContainsAny(path, " '\"\\|<>"): // it would want quotes
		case strings.HasSuffix(path, "/"):
			c.Candidates = append(c.Candidates, candidate{Text: path})
		default:
			c.Candidates = append(c.Candidates, candidate{Text: path + " "})
		}
	}
	return c
}
