package record

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
	"github.com/idlcall/idlcall/pkg/stream"
)

// What a call may have to be kept: more is no step that anybody reads.
const (
	maxText     = 1 << 20
	maxMessages = 1000
)

// saved is a call that has not ended.
type saved struct {
	start   decode.Start
	header  stream.Metadata
	entries []entry
	text    int    // bytes of the messages
	why     string // it cannot be a step
}

// entry is a message, or the half-close.
type entry struct {
	from  proxy.Side
	json  string
	close bool
}

func (c *saved) skipf(format string, args ...any) {
	if c.why == "" {
		c.why = fmt.Sprintf(format, args...)
		c.entries = nil
	}
}

// add keeps a message.
func (c *saved) add(m *decode.Message) {
	switch {
	case c.why != "":
	case m.JSON == nil:
		c.skipf("a message that was not decoded: %s", m.Reason)
	case c.text+len(m.JSON) > maxText || len(c.entries) >= maxMessages:
		c.skipf("more than %d messages, or 1 MiB of them", maxMessages)
	default:
		c.text += len(m.JSON)
		c.entries = append(c.entries, entry{from: m.From, json: value(m.JSON)})
	}
}

// messages are those of a side.
func (c *saved) messages(from proxy.Side) []string {
	var list []string
	for _, e := range c.entries {
		if e.from == from && !e.close {
			list = append(list, e.json)
		}
	}
	return list
}

// step writes a call as an item of steps.
func (r *Recorder) step(b *strings.Builder, c *saved, number int64, end error) {
	m := &c.start.Method
	fmt.Fprintf(b, "  - name: %s\n    method: %s\n", plain(fmt.Sprintf("%d: %s", number, m.FullName())), quoted(m.FullName()))
	if r.o.Transports {
		fmt.Fprintf(b, "    transport: %s\n", c.start.Transport)
		if m.IsThrift() && m.Protocol != stream.Binary {
			fmt.Fprintf(b, "    protocol: %s\n", m.Protocol)
		}
		if c.start.Transport == "connect" && m.Protocol == stream.JSON {
			b.WriteString("    connect-json: true\n")
		}
	}
	r.beside(b, c)
	if isLate(end) {
		if limit := timeoutOf(c.header); limit > 0 {
			fmt.Fprintf(b, "    timeout: %s\n", limit)
		}
	}
	if m.Type == stream.Bidi {
		script(b, c, end)
	} else {
		requests(b, m, c.messages(proxy.Client))
	}
	expect(b, c, end)
}

// requests writes what the client sent.
func requests(b *strings.Builder, m *stream.Method, list []string) {
	if !m.Type.ClientStreams() && len(list) == 1 {
		fmt.Fprintf(b, "    request: %s\n", list[0])
		return
	}
	if len(list) == 0 {
		b.WriteString("    requests: []\n")
		return
	}
	b.WriteString("    requests:\n")
	for _, text := range list {
		fmt.Fprintf(b, "      - %s\n", text)
	}
}

// script writes a stream in the order in which its messages passed, which is one that works.
func script(b *strings.Builder, c *saved, end error) {
	b.WriteString("    script:\n")
	closed := false
	for _, e := range c.entries {
		switch {
		case e.close:
			closed = true
			b.WriteString("      - close\n")
		case e.from == proxy.Client:
			fmt.Fprintf(b, "      - send: %s\n", e.json)
		default:
			fmt.Fprintf(b, "      - expect: {equals: %s}\n", e.json)
		}
	}
	if !closed && end == nil {
		b.WriteString("      - close\n")
	}
	b.WriteString("      - end\n")
}

// beside writes metadata and metainfo.
func (r *Recorder) beside(b *strings.Builder, c *saved) {
	var lists [3][]string
	for _, p := range proxy.Passing(c.header) {
		list, name, sign := 0, p.Name, ": "
		for i, prefixes := range [...][2]string{{ttheader.TransientPrefix, "rpc-transit-"}, {ttheader.PersistPrefix, "rpc-persist-"}} {
			if rest, ok := strings.CutPrefix(p.Name, prefixes[0]); ok {
				list, name, sign = i+1, rest, "="
			} else if rest, ok := strings.CutPrefix(p.Name, prefixes[1]); ok {
				list, name, sign = i+1, strings.ToUpper(strings.ReplaceAll(rest, "-", "_")), "="
			}
		}
		text := strings.ReplaceAll(name+sign, "${", "$${") + r.hidden(p)
		lists[list] = append(lists[list], "      - "+plain(text)+"\n")
	}
	for i, name := range [...]string{"header", "meta", "persist"} {
		if len(lists[i]) > 0 {
			fmt.Fprintf(b, "    %s:\n%s", name, strings.Join(lists[i], ""))
		}
	}
}

// hidden is the value of metadata, with a variable in place of a secret.
func (r *Recorder) hidden(p stream.Pair) string {
	if r.o.Secret == nil {
		return strings.ReplaceAll(p.Value, "${", "$${")
	}
	before, secret := r.o.Secret(p.Name, p.Value)
	if secret == "" {
		return strings.ReplaceAll(p.Value, "${", "$${")
	}
	return strings.ReplaceAll(before, "${", "$${") + "${" + r.variable(p.Name, secret) + "}"
}

// variable is the name of the variable of a secret. Other values of one name have others.
func (r *Recorder) variable(name, secret string) string {
	base := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return c
		}
		return '_'
	}, name)
	for n := 1; ; n++ {
		key := base
		if n > 1 {
			key = fmt.Sprintf("%s_%d", base, n)
		}
		have, ok := r.secrets[key]
		if !ok {
			r.secrets[key] = secret
			r.env = append(r.env, key)
		}
		if !ok || have == secret {
			return key
		}
	}
}

// timeoutOf is what the client allowed.
func timeoutOf(md stream.Metadata) time.Duration {
	if text, ok := md.Get(grpcwire.HeaderTimeout); ok {
		d, _ := grpcwire.ParseTimeout(text)
		return d
	}
	milliseconds, _ := md.Get(connectwire.HeaderTimeout)
	for _, p := range md {
		if strings.HasPrefix(p.Name, "int "+strconv.Itoa(ttheader.IntTimeout)) {
			milliseconds = p.Value
		}
	}
	d, _ := time.ParseDuration(milliseconds + "ms")
	return d
}

// isLate reports whether a call ended for want of time.
func isLate(err error) bool {
	o := stream.OutcomeOf(err)
	return o.Kind == stream.KindStatus && stream.Code(o.Code) == stream.DeadlineExceeded
}
