package cmd

import (
	"errors"
	"reflect"
	"testing"

	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// settingsOf reads a mapping of the flags of a set.
func settingsOf(t *testing.T, flags *pflag.FlagSet, text string) []yamldoc.Setting {
	t.Helper()
	root, err := yamldoc.Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	flags.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	list, err := root.Settings(known)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFromDocument(t *testing.T) {
	c := newCall(streams{}, nil)
	flags := c.Flags()
	if err := flags.Parse([]string{"--timeout", "1s", "-H", "a: 1"}); err != nil {
		t.Fatal(err)
	}
	list := settingsOf(t, flags, "timeout: 5s\nheader: 'b: 2'\nidl: [a.proto, /b.proto, '-']\nrpc-header: '@h.txt'\ntls: true\nconnect-timeout: 0.5\n")
	if err := fromDocument(flags, list, "dir"); err != nil {
		t.Fatal(err)
	}
	later := settingsOf(t, flags, "idl: c.proto\nproto-names: true\n")
	if err := fromDocument(flags, later, ""); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"timeout": "1s", "header": `["b: 2" "a: 1"]`, "idl": `["dir/a.proto" "/b.proto" "-"]`, "rpc-header": `["@dir/h.txt"]`,
		"tls": "true", "connect-timeout": "500ms", "proto-names": "true",
	} {
		if f := flags.Lookup(name); f.Value.String() != want || !f.Changed {
			t.Errorf("%s is %s, want %s (changed %v)", name, f.Value, want, f.Changed)
		}
	}
}

func TestSetFlagReplaces(t *testing.T) {
	flags := newCall(streams{}, nil).Flags()
	if err := flags.Parse([]string{"-H", "a: 1", "--idl", "x"}); err != nil {
		t.Fatal(err)
	}
	for _, s := range settingsOf(t, flags, "header: ['b: 2', 'c: 3']\nidl: []\n") {
		if err := setFlag(flags, s, ""); err != nil {
			t.Fatal(err)
		}
	}
	given := func(name string) []string { return flags.Lookup(name).Value.(pflag.SliceValue).GetSlice() }
	header, files := given("header"), given("idl")
	if want := []string{"b: 2", "c: 3"}; !reflect.DeepEqual(header, want) || len(files) != 0 {
		t.Errorf("header %q, idl %q", header, files)
	}
}

func TestSettingMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"timeout: soon\n":          "x.yaml:1:10: timeout: want a duration like 500ms, 2s or 1m",
		"pretty: true\ntls: yes\n": "x.yaml:2:6: tls: want true or false",
		"enum: [name, number]\n":   "x.yaml:1:1: enum has one value, not 2",
	} {
		flags := newCall(streams{}, nil).Flags()
		err := fromDocument(flags, settingsOf(t, flags, text), "")
		if _, ok := errors.AsType[*yamldoc.Error](err); !ok || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
