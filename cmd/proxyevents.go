package cmd

import (
	"encoding/hex"
	"io"
	"strconv"
	"time"

	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// trafficLog writes what passes through a proxy as NDJSON, in the words of --events where
// the thing is the same: sent is what the client sends, received what it gets.
type trafficLog struct {
	*lineQueue

	secrets bool
}

func newTrafficLog(w io.Writer, secrets bool, failed func(error)) *trafficLog {
	skipped := func(lines int) []byte { return lineJSON(leftOut{"skipped", lines}) }
	return &trafficLog{newLineQueue(w, skipped, failed), secrets}
}

// Lines of the log, in the order of their fields.
type (
	leftOut struct {
		Event string `json:"event"`
		Lines int    `json:"lines"`
	}
	openLine struct {
		Time   string `json:"time"`
		Client string `json:"client"`
		Server string `json:"server,omitempty"`
		TLS    bool   `json:"tls,omitempty"`
		ALPN   string `json:"alpn,omitempty"`
	}
	closeLine struct {
		FromClient int64  `json:"sentWireBytes"`
		FromServer int64  `json:"receivedWireBytes"`
		Error      string `json:"error,omitempty"`
	}
	startLine struct {
		Time      string `json:"time"`
		Method    string `json:"method"`
		Type      string `json:"type,omitempty"` // where IDL says it
		Transport string `json:"transport"`
	}
	hexLine struct {
		Hex    string `json:"hex,omitempty"`
		Cut    bool   `json:"cut,omitempty"`
		Reason string `json:"reason,omitempty"`
	}
	undecodedLine struct {
		From    string `json:"from"`
		Bytes   int64  `json:"bytes,omitempty"`
		Stopped bool   `json:"stopped,omitempty"`
		hexLine
	}
	endLine struct {
		outcomeEvent

		Status *statusJSON `json:"status,omitempty"`
		peerSaid
		Sent              int     `json:"sent"`
		SentBytes         int     `json:"sentBytes"`
		SentWireBytes     int     `json:"sentWireBytes"`
		Received          int     `json:"received"`
		ReceivedBytes     int     `json:"receivedBytes"`
		ReceivedWireBytes int     `json:"receivedWireBytes"`
		Took              float64 `json:"tookMs"`
	}
)

// emit writes an event.
func (t *trafficLog) emit(e decode.Event) {
	name, details := t.line(&e)
	line := append(make([]byte, 0, 256), `{"event":"`...)
	line = strconv.AppendInt(append(append(line, name...), `","conn":`...), e.Conn, 10)
	if e.Call > 0 {
		line = strconv.AppendInt(append(line, `,"call":`...), e.Call, 10)
	}
	line = strconv.AppendFloat(append(line, `,"ms":`...), milliseconds(e.Since), 'f', -1, 64)
	if m, ok := details.(decode.Message); ok {
		line = appendMessage(line, &m)
	} else if text := lineJSON(details); len(text) > len("{}\n") && text[0] == '{' {
		line = append(append(line, ','), text[1:len(text)-2]...)
	}
	t.put(append(line, '}', '\n'))
}

// appendMessage is the rest of the line of a message, of which there may be millions.
func appendMessage(line []byte, m *decode.Message) []byte {
	line = strconv.AppendInt(append(line, `,"n":`...), int64(m.N), 10)
	line = strconv.AppendInt(append(line, `,"bytes":`...), int64(m.Size), 10)
	line = strconv.AppendInt(append(line, `,"wireBytes":`...), int64(m.Wire), 10)
	if m.JSON != nil {
		return append(append(line, `,"message":`...), terminal.EscapeJSON(m.JSON)...)
	}
	text := lineJSON(hexOf(m.Body, int64(m.Size), m.Reason))
	return append(append(line, ','), text[1:len(text)-2]...)
}

// line is what an event says beside its numbers.
func (t *trafficLog) line(e *decode.Event) (name string, details any) {
	switch d := e.Details.(type) {
	case decode.Open:
		return "open", openLine{utcTime(d.At), d.Client, d.Server, d.Secured, d.ALPN}
	case decode.Close:
		l := closeLine{FromClient: d.FromClient, FromServer: d.FromServer}
		if d.Err != nil {
			l.Error = d.Err.Error()
		}
		return "close", l
	case decode.Start:
		l := startLine{Time: utcTime(e.At), Method: d.Method.FullName(), Transport: d.Transport}
		if d.Method.Service == "" {
			l.Method = d.Method.Name
		}
		if d.Known {
			l.Type = d.Method.Type.String()
		}
		return "start", l
	case decode.Header:
		return direction(d.From, "requestHeader", "responseHeader"), t.metadata(d.Metadata)
	case decode.Message:
		return direction(d.From, "sent", "received"), d
	case decode.HalfClose:
		return "halfClose", nil
	case decode.Trailer:
		return direction(d.From, "requestTrailer", "trailer"), t.metadata(d.Metadata)
	case decode.Finish:
		return "finish", ending(&d, e.Since)
	case decode.Undecoded:
		return "undecoded", undecodedLine{d.From.String(), d.Bytes, d.Stopped, hexOf(d.First, d.Bytes, d.Reason)}
	}
	return "unknown", nil
}

func direction(from proxy.Side, client, server string) string {
	if from == proxy.Client {
		return client
	}
	return server
}

// utcTime is a time with the digits of whole microseconds.
func utcTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000000Z") }

func (t *trafficLog) metadata(md stream.Metadata) metadataEvent {
	return metadataEvent{grouped(maskedMetadata(md, t.secrets))}
}

// hexOf is what is shown of size bytes that were not decoded.
func hexOf(first []byte, size int64, reason string) hexLine {
	return hexLine{hex.EncodeToString(first), reason != "" && int64(len(first)) < size, reason}
}

// ending is how a call ended, in the words of envelopes.
func ending(d *decode.Finish, took time.Duration) endLine {
	l := endLine{
		outcomeEvent: outcome(d.Err), Sent: d.Sent.Messages, SentBytes: d.Sent.Bytes, SentWireBytes: d.Sent.Wire,
		Received: d.Received.Messages, ReceivedBytes: d.Received.Bytes, ReceivedWireBytes: d.Received.Wire, Took: milliseconds(took),
	}
	o := stream.OutcomeOf(d.Err)
	l.peerSaid = saidBy(o)
	if o.Kind == stream.KindStatus {
		l.Status = &statusJSON{Code: int(o.Code), Name: o.Name, Message: o.Message}
		if len(o.Detail) > 0 {
			l.Status.Details = o.Detail
		}
	}
	return l
}
