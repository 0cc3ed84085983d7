package cmd

import (
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/stream"
)

// mask stands for the value of a header that is a credential, unless --show-secrets
// asks for it: what -v, events and envelopes show ends up in logs.
const mask = "********"

// secretWords are what the names of headers, metainfo and cookies that hold
// credentials have in them, and hardly any others.
var secretWords = [...]string{"auth", "cookie", "token", "secret", "passw", "credential", "api-key", "apikey", "api_key", "private-key", "access-key", "accesskey", "session", "jwt", "csrf", "xsrf", "signature"}

// publicNames have such a word but no secret.
var publicNames = [...]string{":authority", "authority", "www-authenticate", "proxy-authenticate", "author"}

// isSecret reports whether the value of a header is to be kept from logs.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	return !slices.Contains(publicNames[:], name) &&
		slices.ContainsFunc(secretWords[:], func(word string) bool { return strings.Contains(name, word) })
}

// masked is the value of a header as logs may show it. The scheme of credentials
// stays ("Bearer"): whether it is the right one is a question that logs answer.
func masked(name, value string) string {
	if !isSecret(name) || value == "" {
		return value
	}
	if scheme, _, ok := strings.Cut(value, " "); ok && isScheme(scheme) {
		return scheme + " " + mask
	}
	return mask
}

// credentials are what masked hides.
func credentials(md stream.Metadata) []string {
	var list []string
	for _, p := range md {
		if !isSecret(p.Name) {
			continue
		}
		if scheme, rest, ok := strings.Cut(p.Value, " "); ok && isScheme(scheme) {
			list = append(list, strings.TrimSpace(rest))
		} else {
			list = append(list, p.Value)
		}
	}
	return list
}

// isScheme reports whether a word is a name that HTTP's authentication knows
// (IANA's registry has 14, of which these are met with RPC).
func isScheme(word string) bool {
	switch strings.ToLower(word) {
	case "basic", "bearer", "digest", "dpop", "hmac", "negotiate", "token", "apikey":
		return true
	}
	return false
}

// maskedMetadata is md as logs may show it; with all, md itself.
func maskedMetadata(md stream.Metadata, all bool) stream.Metadata {
	if all {
		return md
	}
	var copied stream.Metadata
	for i, p := range md {
		value := masked(p.Name, p.Value)
		if value == p.Value {
			continue
		}
		if copied == nil {
			copied = append(copied, md...)
		}
		copied[i].Value = value
	}
	if copied == nil {
		return md
	}
	return copied
}

// showsSecret reports whether a line of a document has a credential in it, behind the name
// of a header and a colon: what stands for nothing, or for a variable, is none.
func showsSecret(line string) bool {
	for {
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			return false
		}
		name = name[strings.LastIndexAny(name, " \t{['\",")+1:]
		value := strings.TrimLeft(rest, " '\"")
		if scheme, after, ok := strings.Cut(value, " "); ok && isScheme(scheme) {
			value = strings.TrimLeft(after, " ")
		}
		if isSecret(name) && value != "" && !strings.HasPrefix(value, "${") && !strings.HasPrefix(value, "null") && value[0] != '~' {
			return true
		}
		line = rest
	}
}
