package suite

import (
	_ "embed"
	"strings"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

//go:embed schema.json
var schema string

// SettingInfo is what a JSON Schema says of a setting.
type SettingInfo struct {
	Name, Description string
	Type              string // of JSON: "string", "boolean"; others may be written as strings too
	List              bool   // there may be several values
}

// Schema is the JSON Schema (draft 7) of a suite that may have these settings.
func Schema(settings []SettingInfo) string {
	var list []string
	for _, s := range settings {
		list = append(list, s.property())
	}
	return strings.ReplaceAll(schema, `"@settings": {}`, strings.Join(list, ",\n    "))
}

func (s *SettingInfo) property() string {
	kind := `["string", "number", "boolean"]`
	if s.Type == "boolean" {
		kind = `["boolean", "string"]`
	}
	value := `"type": ` + kind
	if s.List {
		value = `"anyOf": [{"type": ` + kind + `}, {"type": "array", "items": {"type": ` + kind + `}}]`
	}
	return quote(s.Name) + `: {` + value + `, "description": ` + quote(s.Description) + `}`
}

func quote(s string) string { return string(yamldoc.AppendString(nil, s)) }
