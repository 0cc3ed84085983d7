package h2

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/http2"
)

// frameText is one line for a frame: type, stream, flags, length, and what a
// reader of a trace wants to know of its payload.
func frameText(f http2.Frame) string {
	h := f.Header()
	var b strings.Builder
	fmt.Fprintf(&b, "%s stream=%d", h.Type, h.StreamID)
	if flags := flagText(h); flags != "" {
		b.WriteString(" flags=" + flags)
	}
	fmt.Fprintf(&b, " len=%d", h.Length)
	switch f := f.(type) {
	case *http2.SettingsFrame:
		_ = f.ForeachSetting(func(s http2.Setting) error {
			fmt.Fprintf(&b, " %s=%d", s.ID, s.Val)
			return nil
		})
	case *http2.WindowUpdateFrame:
		fmt.Fprintf(&b, " increment=%d", f.Increment)
	case *http2.RSTStreamFrame:
		fmt.Fprintf(&b, " code=%s", f.ErrCode)
	case *http2.PingFrame:
		fmt.Fprintf(&b, " data=%x", f.Data)
	case *http2.GoAwayFrame:
		fmt.Fprintf(&b, " last=%d code=%s", f.LastStreamID, f.ErrCode)
		if debug := f.DebugData(); len(debug) > 0 {
			fmt.Fprintf(&b, " debug=%.200q", debug)
		}
	}
	return b.String()
}

func flagText(h http2.FrameHeader) string {
	var names []string
	add := func(flag http2.Flags, name string) {
		if h.Flags.Has(flag) {
			names = append(names, name)
		}
	}
	switch h.Type {
	case http2.FrameData:
		add(http2.FlagDataEndStream, "END_STREAM")
		add(http2.FlagDataPadded, "PADDED")
	case http2.FrameHeaders:
		add(http2.FlagHeadersEndStream, "END_STREAM")
		add(http2.FlagHeadersEndHeaders, "END_HEADERS")
		add(http2.FlagHeadersPadded, "PADDED")
		add(http2.FlagHeadersPriority, "PRIORITY")
	case http2.FrameContinuation:
		add(http2.FlagContinuationEndHeaders, "END_HEADERS")
	case http2.FrameSettings, http2.FramePing:
		add(http2.FlagSettingsAck, "ACK")
	}
	return strings.Join(names, "|")
}

// traceWrites reports the frames of a buffer that is about to be written.
func (c *Conn) traceWrites(buf []byte) {
	if !c.traced.Load() {
		return
	}
	buf = bytes.TrimPrefix(buf, []byte(http2.ClientPreface))
	fr := http2.NewFramer(nil, bytes.NewReader(buf))
	fr.AllowIllegalReads = true
	for {
		f, err := fr.ReadFrame()
		if err != nil {
			return
		}
		c.traceFrame(true, f)
	}
}
