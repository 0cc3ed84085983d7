package stream

import "time"

// Trace receives the events of connections and RPCs. Every field may be nil, and
// so may the Trace itself: nil is silent. The funcs may be called from several
// goroutines and must not keep the slices they get.
type Trace struct {
	// Started and Finished enclose an RPC; err is nil where it went well. Whoever
	// drives the RPC calls them: the transports do not know how it is judged.
	Started  func(method string, t Type)
	Finished func(err error)
	// Retried: the attempt of that number, from 1, failed with err, and the next is made
	// after the delay.
	Retried func(attempt int, err error, delay time.Duration)
	// Dialed: address is what was dialled ("127.0.0.1:80"),
	// took the time since dialling began. err is nil on success.
	Dialed func(network, address string, took time.Duration, err error)
	// Secured follows a TLS handshake.
	Secured func(info TLSInfo, took time.Duration)
	// SentHeader has the request path and what was sent beside it, in order,
	// pseudo-headers (":path") included.
	SentHeader func(md Metadata)
	// Sent: one message left; body and wire are sizes in bytes, before and
	// after compression and framing.
	Sent func(body, wire int)
	// HalfClosed: the client has no more messages.
	HalfClosed func()
	// FirstByte: the answer begins to arrive.
	FirstByte func()
	// GotHeader has the peer's first metadata, pseudo-headers included.
	GotHeader func(md Metadata)
	// Received: one message arrived.
	Received func(body, wire int)
	// GotTrailer has the metadata that ended the RPC.
	GotTrailer func(md Metadata)
	// Warn has what is odd about an answer but no error: one line without line
	// end.
	Warn func(message string)
	// Moved: so many bytes of a connection were read or written, whatever they are of. It is
	// told to the RPC that the connection was made for.
	Moved func(read, written int)
	// Frame reports each frame of the wire protocol. out is true for those
	// we wrote. text is one line without line end.
	Frame func(out bool, text string)
}

// TLSInfo is what a handshake settled on.
type TLSInfo struct {
	Version, CipherSuite, ALPN, ServerName string
	// Subject, Issuer and NotAfter are of the peer's leaf certificate.
	Subject, Issuer string
	NotAfter        time.Time
	Verified        bool
}

// The methods below call the func of an event where there is one; t may be nil. What
// costs something to make is given as a func.

// Start calls Started.
func (t *Trace) Start(method string, typ Type) {
	if t != nil && t.Started != nil {
		t.Started(method, typ)
	}
}

// Finish calls Finished.
func (t *Trace) Finish(err error) {
	if t != nil && t.Finished != nil {
		t.Finished(err)
	}
}

// Retry calls Retried.
func (t *Trace) Retry(attempt int, err error, delay time.Duration) {
	if t != nil && t.Retried != nil {
		t.Retried(attempt, err, delay)
	}
}

// Dial calls Dialed.
func (t *Trace) Dial(network, address string, took time.Duration, err error) {
	if t != nil && t.Dialed != nil {
		t.Dialed(network, address, took, err)
	}
}

// Secure calls Secured.
func (t *Trace) Secure(info func() TLSInfo, took time.Duration) {
	if t != nil && t.Secured != nil {
		t.Secured(info(), took)
	}
}

// SendHeader calls SentHeader.
func (t *Trace) SendHeader(md func() Metadata) {
	if t != nil && t.SentHeader != nil {
		t.SentHeader(md())
	}
}

// Send calls Sent.
func (t *Trace) Send(body, wire int) {
	if t != nil && t.Sent != nil {
		t.Sent(body, wire)
	}
}

// HalfClose calls HalfClosed.
func (t *Trace) HalfClose() {
	if t != nil && t.HalfClosed != nil {
		t.HalfClosed()
	}
}

// Answer calls FirstByte.
func (t *Trace) Answer() {
	if t != nil && t.FirstByte != nil {
		t.FirstByte()
	}
}

// GetHeader calls GotHeader.
func (t *Trace) GetHeader(md func() Metadata) {
	if t != nil && t.GotHeader != nil {
		t.GotHeader(md())
	}
}

// Receive calls Received.
func (t *Trace) Receive(body, wire int) {
	if t != nil && t.Received != nil {
		t.Received(body, wire)
	}
}

// GetTrailer calls GotTrailer.
func (t *Trace) GetTrailer(md func() Metadata) {
	if t != nil && t.GotTrailer != nil {
		t.GotTrailer(md())
	}
}

// Warning calls Warn.
func (t *Trace) Warning(message string) {
	if t != nil && t.Warn != nil {
		t.Warn(message)
	}
}

// Move calls Moved.
func (t *Trace) Move(read, written int) {
	if t != nil && t.Moved != nil {
		t.Moved(read, written)
	}
}

// SeeFrame calls Frame.
func (t *Trace) SeeFrame(out bool, text func() string) {
	if t != nil && t.Frame != nil {
		t.Frame(out, text())
	}
}
