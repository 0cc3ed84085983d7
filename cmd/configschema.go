package cmd

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newConfigSchema(std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print a JSON Schema of the configuration, for editors",
		Long: `Print a JSON Schema of the configuration. Editors with the YAML language server take it from
a first line like

  # yaml-language-server: $schema=idlcall.schema.json
`,
		Args:              arguments(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			text, err := json.MarshalIndent(configSchema(), "", "  ")
			if err != nil {
				return err
			}
			_, err = std.out.Write(append(text, '\n'))
			return asOutput(err)
		},
	}
}

// object is a part of a JSON Schema.
type object = map[string]any

func configSchema() object {
	settings := settingSchemas(newCall(streams{}, nil).Flags(), settingNames())
	target := object{"address": object{"type": "string", "description": "TARGET, as after 'idlcall call'; several, separated by commas, are tried in order"}}
	maps.Copy(target, settings)
	return object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "Configuration of idlcall",
		"type":    "object",
		"properties": object{
			"defaults": object{"type": "object", "description": "settings of all commands", "properties": settings, "additionalProperties": false},
			"targets": object{
				"type": "object", "description": "servers with names: 'idlcall call @NAME METHOD'",
				"propertyNames": object{"pattern": `^[^ \t\n,/@:"']+$`},
				"additionalProperties": object{"oneOf": []object{
					{"type": "string", "description": "its address"},
					{"type": "object", "properties": target, "required": []string{"address"}, "additionalProperties": false},
				}},
			},
		},
		"additionalProperties": false,
	}
}

// settingSchemas has the schema of a value for each of some flags.
func settingSchemas(flags *pflag.FlagSet, names []string) object {
	schemas := object{}
	flags.VisitAll(func(f *pflag.Flag) {
		if slices.Contains(names, f.Name) {
			schemas[f.Name] = settingSchema(f)
		}
	})
	return schemas
}

func settingSchema(f *pflag.Flag) object {
	_, usage := pflag.UnquoteUsage(f)
	s := object{"description": usage}
	list, isList := f.Value.(pflag.SliceValue)
	choices, isChoice := f.Value.(choice)
	switch {
	case isList && list != nil:
		s["type"], s["items"] = []string{"string", "array"}, object{"type": "string"}
	case isChoice:
		s["enum"] = choices.choices
	case f.Value.Type() == "bool":
		s["type"] = "boolean"
	case f.Value.Type() == "int" || f.Value.Type() == "count":
		s["type"] = "integer"
	default: // durations and sizes may be numbers
		s["type"] = []string{"string", "number", "boolean"}
	}
	return s
}
