package cmd

import "testing"

func TestShowsSecret(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"headers: 'authorization: Bearer abc'":                      true,
		"  header: [\"x-a: 1\", \"X-Api-Key: abc\"]":                true,
		"authorization: abc":                                        true,
		"header: 'authorization: Bearer ${TOKEN}'":                  false,
		"env: {TOKEN: null, GREETING: hi}":                          false,
		"timeout: soon":                                             false,
		"header-command: 'echo \"authorization: Bearer $(token)\"'": true,
		"": false,
	} {
		if got := showsSecret(line); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}
