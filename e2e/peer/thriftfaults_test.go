package peer

import (
	"bytes"
	"maps"
	"testing"
)

// TestThriftFaults asks each server that answers wrongly, over each transport.
func TestThriftFaults(t *testing.T) {
	request := bytesOf(t, `80010001 "testString" 00000005 0b 0001 "hi" 00`)
	good := bytesOf(t, `80010002 "testString" 00000005 0b 0000 "drop by drop" 00`)
	for _, test := range []struct {
		name, server   string
		request, reply []byte
	}{
		{"buffered", "TRICKLE", request, good},
		{"framed", "TRICKLE", inFrame(request), inFrame(good)},
		{"TTHeader", "TRICKLE", ttheader(request), ttheader(good)},
		{"TTHeader and frame", "TRICKLE", ttheader(inFrame(request)), ttheader(inFrame(good))},
		{"sequence id", "SEQ", inFrame(request), inFrame(bytesOf(t, `80010002 "testString" 00000006 0b 0000 "late" 00`))},
		{"name", "NAME", request, bytesOf(t, `80010002 "other" 00000005 0b 0000 "late" 00`)},
		{"old form", "OLD", inFrame(request), inFrame(bytesOf(t, `"testString" 02 00000005 0b 0000 "old" 00`))},
		{"no fields", "EXCEPTION_EMPTY", request, bytesOf(t, `80010003 "testString" 00000005 00`)},
		{"closed", "CLOSE", inFrame(request), nil},
		{"half", "HALF_CLOSE", request, bytesOf(t, `80010002 "testString" 00000005 0b 0000 "never complete" 00`)[:22]},
		{
			"business status", "BIZ_TEXT", ttheader(request),
			inFrame(bytesOf(t, `1000 0000 00000001 0006 0000 01 0001 000a 62697a2d737461747573 0003 616263 0000`+
				`80010002 "testString" 00000005 0b 0000 "headed" 00`)),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			length := len(test.reply)
			if test.server == "CLOSE" || test.server == "HALF_CLOSE" {
				length = -1
			}
			if got := exchange(t, address(t, "TFAULT_"+test.server), test.request, length); !bytes.Equal(got, test.reply) {
				t.Errorf("got  %q\nwant %q", got, test.reply)
			}
		})
	}
}

// TestThriftFaultsAnswer finds faults that say nothing at all.
func TestThriftFaultsAnswer(t *testing.T) {
	all := maps.Clone(thriftFaults)
	maps.Copy(all, headerFaults)
	delete(all, "CLOSE")
	for name := range all {
		exchange(t, address(t, "TFAULT_"+name), ttheader(bytesOf(t, `80010001 "m" 00000005 00`)), 4)
	}
}
