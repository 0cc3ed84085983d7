package names

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
)

// listed are services by name, in files that the user named unless the name has a "!"
// before it, with their methods.
type listed map[string]string

func (l listed) FindService(_ context.Context, name string) (string, error) {
	for _, s := range l.all() {
		if EndsIn(strings.TrimPrefix(s, "!"), name) {
			return s, nil
		}
	}
	return "", &idl.NotFoundError{Kind: "service", Name: name}
}

func (l listed) all() []string {
	var all []string
	for s := range l {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

func (l listed) MethodsOf(s string) (name string, methods []string, err error) {
	return strings.TrimLeft(s, "!'"), strings.Fields(l[s]), nil
}

func (l listed) Candidates(_ context.Context, named bool) ([]string, error) {
	return slices.DeleteFunc(l.all(), func(s string) bool { return strings.HasPrefix(s, "!") == named }), nil
}

func (l listed) Same(found []string) (string, error) { return found[0], nil }

func (l listed) Lacks(_ context.Context, missing *idl.NotFoundError) { missing.None = len(l) == 0 }

func TestFindMethod(t *testing.T) {
	t.Parallel()
	src := listed{"a.S": "Get Put", "b.T": "Put Own", "'b.T": "Put Own", "!c.U": "Get Deep Put", "!c.V": "Deep Only"}
	for _, c := range []struct{ name, given, want string }{
		{"a.S/Get", "", "a.S Get"},
		{"/a.S/Get", "", "a.S Get"},
		{"a.S.Get", "", "a.S Get"},
		{"S/Get", "b.T", "a.S Get"},
		{"Get", "", "a.S Get"}, // before that of what is imported
		{"Get", "c.U", "!c.U Get"},
		{"Only", "", "!c.V Only"},
		{"Own", "", "'b.T Own"}, // twice under one name
		{"Put", "", `method "Put" is ambiguous: a.S/Put, b.T/Put []`},
		{"Deep", "", `method "Deep" is ambiguous: c.U/Deep, c.V/Deep []`},
		{"S/Gte", "", `no method "Gte" in a.S [a.S/Get]`},
		{"Onyl", "", `no method "Onyl" [c.V/Only]`},
		{"a.S", "", `no method "a.S" [a.S/Get a.S/Put]`},
		{"a/S", "", `no service "a" []`},
		{"X/Get", "a.S", `no service "X" []`},
		{"Get", "X", `no service "X" []`},
	} {
		service, method, err := FindMethod(t.Context(), src, c.name, c.given)
		got := service + " " + method
		if err != nil {
			var near []string
			if missing, ok := err.(*idl.NotFoundError); ok {
				near = missing.Nearest
			}
			got = err.Error() + " [" + strings.Join(near, " ") + "]"
		}
		if got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.name, c.given, got, c.want)
		}
	}
	if _, _, err := FindMethod(t.Context(), listed{}, "Get", ""); err == nil || !strings.HasSuffix(err.Error(), "the IDL has no services") {
		t.Errorf("no services: %v", err)
	}
}
