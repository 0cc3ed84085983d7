package client

import (
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
)

// TestDescribeBody: what proxies answer says what is wrong, on one line.
func TestDescribeBody(t *testing.T) {
	long := strings.Repeat("é", foreign.QuoteLimit+1)
	tests := []struct{ name, body, want string }{
		{"nothing", "", ``},
		{"plain", "upstream connect error\r\n\tor  disconnect\n", `, body "upstream connect error or disconnect"`},
		{"page", "<HTML>\n<Title class=x>\n 502 Bad\tGateway </TITLE>\n", `, title "502 Bad Gateway", body "<HTML> <Title class=x> 502 Bad Gateway </TITLE>"`},
		{"title without an end", "<title>502", `, body "<title>502"`},
		{"title that has not begun", "<title", `, body "<title"`},
		{"lower case is longer", "\u2126\u212a<title>a</title>", ", body \"\u2126\u212a<title>a</title>\""},
		{"JSON message", "{\n \"message\": \"Forbidden\"\n}", `, message "Forbidden", body "{ \"message\": \"Forbidden\" }"`},
		{"in any case", `{"__type":"X","Message":"no"}`, `, message "no", body "{\"__type\":\"X\",\"Message\":\"no\"}"`},
		{"of an error", `{"error":{"code":401,"details":[{"message":"inner"}],"message":"outer"}}`, `, message "outer", body "{\"error\":{\"code\":401,\"details\":[{\"message\":\"inner\"}],\"message\":\"outer\"}}"`},
		{"of a list", `[{"error":{"message":"m"}}]`, `, message "m", body "[{\"error\":{\"message\":\"m\"}}]"`},
		{"behind an error in words", `{"error":"Not Found","message":"m"}`, `, message "m", body "{\"error\":\"Not Found\",\"message\":\"m\"}"`},
		{"cut", `{"message":"m","trace":"abc`, `, message "m", body "{\"message\":\"m\",\"trace\":\"abc"`},
		{"no string", `{"message":[1],"message":"m"}`, `, body "{\"message\":[1],\"message\":\"m\"}"`},
		{"deep", `{"a":{"message":"m"}}`, `, body "{\"a\":{\"message\":\"m\"}}"`},
		{"long", long, `, body "` + strings.Repeat("é", foreign.QuoteLimit) + `..."`},
		{"cut in a character", "a\xc3", ", body \"a\\xc3\""},
		{"bytes", "\x00\x01\x02\nxyz", `, body "\x00\x01\x02"`},
		{"escapes", "a\x1b[31m", `, body "a\x1b[31m"`},
	}
	for _, test := range tests {
		if got := foreign.DescribeBody([]byte(test.body)); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.name, got, test.want)
		}
	}
}

// FuzzDescribeBody: no body breaks it, and no quote is longer than it may be.
func FuzzDescribeBody(f *testing.F) {
	f.Add([]byte("<title>x</title>"))
	f.Add([]byte(`[{"error":{"message":"m"}}]`))
	f.Add([]byte("{\"message\":\"\xc3"))
	f.Fuzz(func(t *testing.T, body []byte) {
		// A quote makes at most ten bytes of a character.
		if got := foreign.DescribeBody(body); len(got) > 2*10*foreign.QuoteLimit+100 || strings.ContainsAny(got, "\n\r\x1b") {
			t.Errorf("%q", got)
		}
	})
}
