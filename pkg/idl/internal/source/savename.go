package source

import (
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Bounds of names, below those of every file system.
const (
	maxSavedName = 1024
	maxSavedPart = 200
	maxSavedDeep = 32
)

// checkName accepts the names by which files are saved: relative, made of
// plain parts that mean the same on every system, ending in .proto or .thrift.
func checkName(name string) error {
	parts := strings.Split(name, "/")
	why := ""
	switch ext := path.Ext(name); {
	case len(name) > maxSavedName:
		name, why = name[:maxSavedPart]+"...", "is too long"
	case !utf8.ValidString(name):
		why = "is not UTF-8"
	case len(parts) > maxSavedDeep:
		why = "is in too many folders"
	case ext != ".proto" && ext != ".thrift":
		why = "does not end in .proto or .thrift"
	}
	for i := 0; i < len(parts) && why == ""; i++ {
		why = oddPart(parts[i])
	}
	if why != "" {
		return &idl.NameError{Name: name, Why: why}
	}
	return nil
}

// oddPart says what is wrong with a part of a name; empty where nothing is.
func oddPart(part string) string {
	switch {
	case part == "":
		return "has an empty part"
	case part == "." || part == "..":
		return "has the part " + part
	case part[0] == '.':
		return "has a hidden part"
	case part[0] == '-':
		return "has a part that looks like an option"
	case len(part) > maxSavedPart:
		return "has a part that is too long"
	case strings.ContainsAny(part, "\\:<>\"|?*"), strings.ContainsFunc(part, notPrinted):
		return "has a character that names of files should not have"
	case strings.HasSuffix(part, ".") || strings.HasSuffix(part, " "):
		return "has a part that ends in a dot or a space"
	case isDevice(part):
		return "has the name of a device"
	}
	return ""
}

func notPrinted(r rune) bool { return !unicode.IsPrint(r) }

// isDevice reports whether Windows takes a name for a device, with any extension
// (learn.microsoft.com: Naming Files, Paths, and Namespaces).
func isDevice(part string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(part), ".")
	switch stem = strings.TrimRight(stem, " "); stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	digit, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && utf8.RuneCountInString(digit) == 1 && strings.ContainsAny(digit, "0123456789\u00b9\u00b2\u00b3")
}

// IsSetName reports whether a file is a descriptor set by its name.
func IsSetName(name string) bool {
	switch filepath.Ext(name) {
	case ".binpb", ".protoset", ".bin", ".pb", ".desc":
		return true
	}
	return false
}
