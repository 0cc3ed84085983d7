package run

import (
	"slices"
	"strings"
)

// maxOutput is what is kept of the output of a command, in bytes.
const maxOutput = 8 << 20

// How much of what a command wrote a failure shows, in bytes and in lines.
const maxTail, maxTailLines = 2000, 20

// output keeps the beginning of what a command writes, for expectations, and the end, for
// people.
type output struct {
	head []byte // the first maxOutput bytes
	last []byte // of what is not in head, at least the last maxTail bytes
	more bool   // there is more than head
}

func (o *output) Write(p []byte) (int, error) {
	n := min(len(p), maxOutput-len(o.head))
	o.head = append(o.head, p[:n]...)
	if rest := p[n:]; len(rest) > 0 {
		o.more = true
		o.last = append(o.last, rest[max(0, len(rest)-maxTail):]...)
		if over := len(o.last) - maxTail; over > maxTail {
			o.last = o.last[:copy(o.last, o.last[over:])]
		}
	}
	return len(p), nil
}

// text is all that was written, without the line ends behind it, as the shell has it.
func (o *output) text() string { return strings.TrimRight(string(o.head), "\r\n") }

// tail is the end of what was written, nil where that is nothing.
func (o *output) tail() []string {
	text := o.head[max(0, len(o.head)-maxTail-2):]
	cut := len(text) < len(o.head)
	if o.more {
		text, cut = append(slices.Clip(text), o.last...), true
	}
	shown := strings.TrimRight(string(text), "\r\n")
	if len(shown) > maxTail {
		shown, cut = shown[len(shown)-maxTail:], true
	}
	if shown == "" {
		return nil
	}
	lines := strings.Split(shown, "\n")
	if len(lines) > maxTailLines {
		lines, cut = lines[len(lines)-maxTailLines:], true
	}
	if cut {
		lines[0] = "…" + strings.ToValidUTF8(lines[0], "")
	}
	return lines
}
