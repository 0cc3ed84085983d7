package suite

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// TestSchemaHasTheReadersKeys: each mapping of a suite has the same keys in the schema and
// in the reader.
func TestSchemaHasTheReadersKeys(t *testing.T) {
	settings := map[string][]byte{"set-one": []byte("{}"), "set-two": []byte("true")}
	var root map[string]any
	if err := json.Unmarshal([]byte(Schema(settings)), &root); err != nil {
		t.Fatal(err)
	}
	definitions := root["definitions"].(map[string]any)
	r := &reader{Language: Language{Settings: []string{"set-one", "set-two"}}, suite: &Suite{}}
	none := &yamldoc.Node{}
	for name, keys := range map[string]map[string]taker{
		"":         r.suiteKeys(&parts{}, none),
		"row":      r.rowKeys(&Row{}, none),
		"step":     r.stepKeys(&Step{Node: none}),
		"attempts": (&Attempts{}).keys(),
		"action":   r.actionKeys(&Action{}),
		"reply":    r.replyKeys(&Reply{}),
		"expect":   r.expectKeys(&Expect{}),
		"failing":  r.failingKeys(&Failing{Kind: stream.KindStatus}),
		"declared": r.failingKeys(&Failing{Kind: stream.KindDeclared}),
		"match":    r.matchKeys(&TextMatch{}),
		"count":    (&Count{}).keys(),
	} {
		of := any(root)
		if name != "" {
			of = definitions[name]
		}
		want := slices.Sorted(maps.Keys(keys))
		if got := propertiesOf(of); !slices.Equal(got, want) {
			t.Errorf("%q has %q in the schema, and the reader %q", name, got, want)
		}
	}
}

// propertiesOf are the properties of the first object in a schema.
func propertiesOf(of any) []string {
	object := of.(map[string]any)
	if properties, ok := object["properties"].(map[string]any); ok {
		return slices.Sorted(maps.Keys(properties))
	}
	alternatives, _ := object["anyOf"].([]any)
	for _, a := range alternatives {
		if names := propertiesOf(a); names != nil {
			return names
		}
	}
	return nil
}
