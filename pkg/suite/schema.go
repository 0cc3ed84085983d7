package suite

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

//go:embed schema.json
var schema string

// Schema is the JSON Schema (draft 7) of a suite that may have settings, each with a schema
// of its own.
func Schema(settings map[string][]byte) string {
	var one, axes []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		of := string(settings[name])
		key := string(yamldoc.AppendString(nil, name)) + `: {"anyOf": [` + of + `, {"type": "string", "pattern": "\\$\\{"}`
		one = append(one, key+"]}")
		axes = append(axes, key+`, {"type": "array", "minItems": 1, "items": `+of+"}]}")
	}
	join := func(list []string) string { return strings.Join(list, ",\n    ") }
	return strings.NewReplacer(`"@settings": {}`, join(one), `"@axes": {}`, join(axes)).Replace(schema)
}
