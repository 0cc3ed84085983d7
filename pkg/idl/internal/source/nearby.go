package source

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
)

// NearbyFiles are files in the same folder with names like that of a missing
// one, as the user would write them.
func NearbyFiles(shown, path string) []string {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, err := dir.Readdirnames(1000)
	if err != nil {
		return nil
	}
	// Dots divide names elsewhere, but not those of files.
	undot := strings.NewReplacer(".", "-")
	plain := map[string]string{}
	stems := make([]string, 0, len(names))
	for _, n := range names {
		stem := undot.Replace(stemOf(n))
		if other := plain[stem]; other != "" && filepath.Ext(other) == filepath.Ext(path) {
			continue // of two, the one with the extension that was asked for
		}
		plain[stem] = n
		stems = append(stems, stem)
	}
	near := idl.Nearest(undot.Replace(stemOf(filepath.Base(path))), stems)
	for i, stem := range near {
		near[i] = filepath.Join(filepath.Dir(shown), plain[stem])
	}
	return near
}

// stemOf is the name of an IDL file without its extension.
func stemOf(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".proto"), ".thrift")
}
