package shell_test

import (
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/shell"
)

// masks is a Host as far as WithoutSecrets asks it.
type masks struct{ shell.Host }

func (masks) Masked(header string) string {
	name, _, found := strings.Cut(header, ":")
	for _, word := range []string{"auth", "token", "passw", "cookie"} {
		if found && strings.Contains(strings.ToLower(name), word) {
			return name + ": ********"
		}
	}
	return header
}

func (masks) Flags(string) []shell.Flag {
	return []shell.Flag{
		{Name: "header", Short: "H", Value: "HEADER"}, {Name: "rpc-header", Value: "HEADER"}, {Name: "meta", Value: "KEY=VALUE"},
		{Name: "verbose", Short: "v"}, {Name: "raw-output", Short: "r"}, {Name: "field", Short: "f", Value: "PATH=VALUE"},
		{Name: "proxy", Value: "URL"}, {Name: "base", Value: "KEY=VALUE"}, {Name: "header-command", Value: "COMMAND"},
		{Name: "authority", Value: "NAME"}, {Name: "query", Short: "q", Value: "EXPR"}, {Name: "data", Short: "d", Value: "DATA"},
	}
}

func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		// Nothing is a secret.
		`Get {"id": 1}`:                            "",
		"  Get -f  a=b  -v | .token == 1 > f":      "",
		`Get {"token": "SEC"}`:                     "", // a document
		`Get -H 'x-a: b' -H x-b:c`:                 "",
		"Get --authority auth.example.com:443 {}":  "",
		`Get --proxy http://host:1 {"a": "b"}`:     "",
		"Get --proxy http://user@host:1":           "",
		":use Token.Auth":                          "",
		":set pretty":                              "",
		":header":                                  "",
		":header x-a: b":                           "",
		"authorization:":                           "",
		"Auth.Token/Get {}":                        "",
		":list":                                    "",
		`Get {"a": "b"`:                            "",
		`Get -f opts:={"a": 1} {"b": $last.token}`: "",
		"Get {\n  \"a\": 1\n}":                     "",
		`Get -d '{"token": "SEC"}'`:                "",

		// As they should be given.
		`Get -H 'authorization: Bearer SEC' {}`: `Get -H 'authorization: ********' {}`,
		`Get -Hauthorization:SEC {}`:            `Get '-Hauthorization: ********' {}`,
		`Get -vH "authorization: SEC" {}`:       `Get -vH 'authorization: ********' {}`,
		`Get -rH "authorization: SEC"`:          `Get -rH 'authorization: ********'`,
		`Get -vvHauthorization:SEC {"a": 1}`:    `Get '-vvHauthorization: ********' {"a": 1}`,
		`Get --header=cookie:SEC`:               `Get '--header=cookie: ********'`,
		`Get --rpc-header "cookie: it's SEC"`:   `Get --rpc-header 'cookie: ********'`,
		`Get --proxy http://user:SEC@host:1 {}`: `Get --proxy 'http://user:********@host:1' {}`,
		`Get --proxy=http://user:S/EC@host:1`:   `Get '--proxy=http://user:********@host:1'`,
		`Get http://user:SEC@host:1`:            `Get 'http://user:********@host:1'`,
		`Get --base token=SEC {}`:               `Get --base 'token=********' {}`,
		`Get -f user.password=SEC -f a=b`:       `Get -f 'user.password=********' -f a=b`,
		`Get --header-command "echo SEC" {}`:    `Get --header-command '********' {}`,
		`Get --meta token=SEC`:                  `Get --meta 'token=********'`,
		":header authorization: Bearer SEC":     ":header authorization: ********",
		":h\tauthorization:SEC":                 ":h authorization: ********",
		":meta token=SEC":                       ":meta token=********",
		":set header authorization: SEC":        ":set header authorization: ********",
		":set -H authorization: SEC":            ":set -H authorization: ********",
		":set base token=SEC":                   ":set base token=********",
		":set proxy http://user:SEC@host:1":     ":set proxy http://user:********@host:1",
		`:set header-command "echo SEC"`:        ":set header-command ********",
		`:time Get -vH "token: SEC" {}`:         `:time Get -vH 'token: ********' {}`,
		`:trace on Get -H "token: SEC" {}`:      `:trace on Get -H 'token: ********' {}`,

		// As they should not.
		"header authorization: SEC SEC":          "header authorization: ********",
		"header authorization:SEC":               "header authorization: ********",
		"header authorization : SEC":             "header authorization : ********",
		"token = SEC":                            "token = ********",
		":headers authorization: Bearer SEC":     ":headers authorization: ********",
		":unknown token=SEC":                     ":unknown token= ********",
		`header "authorization: SEC"`:            `header "authorization: ********`,
		`header 'authorization: SEC'`:            `header authorization: ********`,
		`Get --token=SEC {}`:                     `Get --token= ********`,
		`Get --token SEC {}`:                     `Get --token ********`,
		`Get --heder "token: SEC"`:               `Get --heder "token: ********`,
		`Get -H authorization=SEC`:               `Get -H 'authorization= ********'`,
		"authorization Bearer SEC":               "authorization Bearer ********",
		`Get -H "authorization: SEC`:             `Get -H "authorization: ********`,
		`Get {"a": 1} } -H "authorization: SEC"`: `Get {"a": 1} } -H 'authorization: ********'`,
		`Get {"a": [} -vH x: SEC`:                `Get {"a": [} -vH ********`,
		`Get "x" | header token: SEC`:            `Get "x" | header token: ********`,
	} {
		if want == "" {
			want = line
		}
		if got := shell.WithoutSecrets(line, masks{}); got != want {
			t.Errorf("%s\n is %s\nnot %s", line, got, want)
		}
	}
}

// No text makes it panic, nothing is hidden twice, and no secret stays that stands where a line
// may have one.
func FuzzWithoutSecrets(f *testing.F) {
	for _, seed := range []string{"", "Get {", `Get {"a": 1} -v`, ":set ", ":time :header ", "a 'b", `-f a:={"`, "\\", "| .a >", "?", `"`} {
		f.Add(seed)
	}
	const secret = "hunter2"
	f.Fuzz(func(t *testing.T, text string) {
		once := shell.WithoutSecrets(text, masks{})
		if twice := shell.WithoutSecrets(once, masks{}); strings.Count(twice, "********") > strings.Count(once, "********")+1 {
			t.Errorf("%q, then %q, then %q", text, once, twice)
		}
		if strings.ContainsAny(text, "%#\"'\\{}[]()|<>?$\n\r") || strings.Contains(text, secret) {
			return // quotes and documents may have the line around them
		}
		for _, form := range []string{
			`-H "authorization: %"`, `-vH "authorization: %"`, `-vvHauthorization:%`, `--header=token:%`, "--proxy http://user:%@host:1",
			"--base token=%", `--header-command "echo %"`, "header authorization: %", "token = %",
		} {
			for _, line := range []string{form + " " + text, "Get " + form} {
				line = strings.ReplaceAll(line, "%", secret)
				if got := shell.WithoutSecrets(line, masks{}); strings.Contains(got, secret) {
					t.Errorf("%q is %q", line, got)
				}
			}
		}
	})
}
