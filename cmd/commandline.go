package cmd

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/session"
)

// commandLine is what advice has to know of the command line, so that it never asks
// for what is there already. Where flags is nil, nothing is known.
type commandLine struct {
	flags *pflag.FlagSet
	// inside says that it is a line of a shell.
	inside bool
	// at is the number of that line where the lines come from a file; else 0.
	at int
	// told, if set, are hints of errors before, which are not given again.
	told map[string]bool
}

// news are those hints that were not given yet.
func (l commandLine) news(hints []string) []string {
	if l.told == nil {
		return hints
	}
	var news []string
	for _, h := range hints {
		if !l.told[h] {
			news = append(news, h)
		}
		l.told[h] = true
	}
	return news
}

// has reports whether a flag is given, be it by the environment.
func (l commandLine) has(flag string) bool { return l.flags != nil && l.flags.Changed(flag) }

// unless is a hint that advises a flag, or nothing where the command line has it.
func (l commandLine) unless(flag, hint string) string {
	if l.has(flag) {
		return ""
	}
	return hint
}

// secured reports whether a flag asks for TLS.
func (l commandLine) secured() bool {
	return l.has("tls") || l.has("insecure") || l.has("cacert") || l.has("cert")
}

// hasIDL reports whether there is IDL of the user's own.
func (l commandLine) hasIDL() bool { return l.has("idl") || l.has("idl-string") }

// unlessIDL is a hint to give IDL, or nothing where the command line has some.
func (l commandLine) unlessIDL(hint string) string {
	if l.hasIDL() {
		return ""
	}
	return hint
}

// hasCredentials reports whether a header of the command line is one.
func (l commandLine) hasCredentials() bool {
	for _, flag := range []string{"header", "rpc-header"} {
		if !l.has(flag) {
			continue
		}
		for _, v := range l.flags.Lookup(flag).Value.(pflag.SliceValue).GetSlice() {
			name, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(v, "@") || isSecret(strings.TrimSpace(name)) {
				return true
			}
		}
	}
	return false
}

// hasPath reports whether a target has a prefix for the request's path.
func hasPath(target string) bool {
	_, rest, isURL := strings.Cut(target, "://")
	_, path, _ := strings.Cut(rest, "/")
	return isURL && path != "" && !strings.HasPrefix(target, "unix:")
}

// transportOf is what carried an RPC that failed, or was to; empty where that is not
// known.
func transportOf(err error) call.Transport {
	if mismatch, ok := errors.AsType[*call.MismatchError](err); ok {
		return mismatch.Transport
	}
	if rpc, ok := errors.AsType[*session.CallError](err); ok {
		return rpc.Transport
	}
	return ""
}

func isGRPC(t call.Transport) bool { return t.HasStatus() }
