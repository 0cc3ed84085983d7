package mock

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"time"

	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/sample"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/stream"
)

// play is one RPC.
type play struct {
	mock   *Mock
	served *state
	ctx    context.Context //nolint:containedctx // the context of the RPC
	call   *skeleton.Call
	begun  time.Time
	entry  Entry
	kept   struct{ requests, replies int } // bytes of entry

	rule    *Rule  // nil without one
	request []byte // the last one, as JSON
	state   []byte // as JSON; nil is null
	fixed   []byte // see facts
	doc     []byte
	source  *sample.Source
}

// run answers the RPC.
func (p *play) run() error {
	rules := p.served.rulesOf(p.call.Method)
	typ := p.call.Method.Type
	if !typ.ClientStreams() {
		text, err := p.call.RecvOnly()
		if err != nil {
			return err
		}
		p.took(text)
		if err := p.choose(rules); err != nil {
			return err
		}
		if p.isOthers() {
			return p.otherwise()
		}
		return p.whole(p.answer())
	}
	ended := false
	for _, r := range rules {
		if r.When == nil {
			continue
		}
		switch err := p.recv(); err { // what rules ask may be in the first request
		case nil:
		case io.EOF:
			ended = true
		default:
			return err
		}
		break
	}
	if err := p.choose(rules); err != nil {
		return err
	}
	if p.isOthers() {
		return p.otherwise()
	}
	return p.dialogue(ended)
}

// isOthers reports whether somebody else answers, since no rule does.
func (p *play) isOthers() bool { return p.rule == nil && p.mock.options.Otherwise != nil }

// otherwise leaves the RPC to somebody else, with the request that has been taken, and looks on
// for the log.
func (p *play) otherwise() error {
	if p.entry.Received > 0 {
		p.call.Again()
	}
	p.call.Seen = func(isReply bool, text []byte) {
		if isReply {
			p.sent(text)
		} else {
			p.received(text)
		}
	}
	return p.mock.options.Otherwise(p.ctx, p.call)
}

// took notes a request.
func (p *play) took(text []byte) {
	p.request = append(p.request[:0], text...)
	p.received(text)
}

// received and sent note messages for the log.
func (p *play) received(text []byte) {
	p.entry.Received++
	if p.mock.options.Log != nil {
		p.entry.Requests = keep(p.entry.Requests, &p.kept.requests, text)
	}
}

func (p *play) sent(text []byte) {
	p.entry.Sent++
	if p.mock.options.Log != nil {
		p.entry.Replies = keep(p.entry.Replies, &p.kept.replies, text)
	}
}

// recv takes the next request.
func (p *play) recv() error {
	text, err := p.call.Recv()
	if err == nil {
		p.took(text)
	}
	return err
}

// choose takes the first rule that fits, and sends its header.
func (p *play) choose(rules []*Rule) error {
	for _, r := range rules {
		ok, err := p.fits(r)
		if err != nil {
			return err
		}
		if ok {
			p.rule, p.entry.Rule, p.state = r, r.Name, r.Initial
			return p.head()
		}
	}
	return nil
}

// fits asks what a rule wants, the count of its uses last.
func (p *play) fits(r *Rule) (bool, error) {
	if r.When != nil {
		ok, err := r.When.Holds(p.ctx, p.facts())
		if err != nil {
			return false, r.When.Node.Errorf("when: %w", err)
		}
		if !ok {
			return false, nil
		}
	}
	if r.Probability < 1 && p.chance() >= r.Probability {
		return false, nil
	}
	return r.Times == 0 || r.used.Add(1) <= r.Times, nil
}

// chance is a number from 0 to 1.
func (p *play) chance() float64 { return rand.Float64() } //nolint:gosec // not a secret

// head sends the metadata of the rule, where the protocol has a place for it.
func (p *play) head() error {
	for _, part := range []struct {
		md   stream.Metadata
		send func(stream.Metadata) error
	}{{p.rule.Header, p.call.Stream.SendHeader}, {p.rule.Trailer, p.call.Stream.SetTrailer}} {
		if len(part.md) == 0 {
			continue
		}
		if err := part.send(part.md); err != nil && !errors.Is(err, serve.ErrNoPlace) {
			return err
		}
	}
	return nil
}

// answer is that of the rule; without one it is the usual.
func (p *play) answer() *Answer {
	if p.rule == nil {
		return &Answer{Default: true, Repeat: 1}
	}
	return &p.rule.Answer
}

// dialogue answers a client that streams. ended: it has sent all.
func (p *play) dialogue(ended bool) error {
	a := p.answer()
	turns := p.turns()
	bidi := p.call.Method.Type == stream.Bidi
	if bidi && len(turns) == 0 { // it says what it has to say, whatever comes
		if err := p.whole(a); err != nil || a.End != nil {
			return err
		}
	}
	for first := p.entry.Received > 0; !ended; first = false {
		if !first {
			switch err := p.recv(); err {
			case nil:
			case io.EOF:
				ended = true
				continue
			default:
				return err
			}
		}
		if err := p.turn(turns); err != nil {
			return err
		}
	}
	if bidi && (len(turns) == 0 || a.Default) {
		return nil
	}
	return p.whole(a)
}

// usual answers each request of a bidi stream with an echo, or with what is random.
var usual = []*Turn{{Answer: Answer{Default: true, Repeat: 1}}}

// turns are those of the rule; a bidi stream without answers of any kind has the usual ones.
func (p *play) turns() []*Turn {
	switch {
	case p.rule != nil && len(p.rule.Each) > 0:
		return p.rule.Each
	case p.call.Method.Type == stream.Bidi && p.answer().Default:
		return usual
	}
	return nil
}

// turn gives the answer to one request.
func (p *play) turn(turns []*Turn) error {
	for _, t := range turns {
		if t.When != nil {
			ok, err := t.When.Holds(p.ctx, p.facts())
			if err != nil {
				return t.When.Node.Errorf("when: %w", err)
			}
			if !ok {
				continue
			}
		}
		if t.Default && (t.State != nil || p.call.Method.Type == stream.Client) { // it says nothing
			if err := p.pause(&t.Answer); err != nil {
				return err
			}
			return p.advance(&t.Answer)
		}
		return p.whole(&t.Answer)
	}
	return nil
}

// whole gives an answer, and ends the RPC where that does.
func (p *play) whole(a *Answer) error {
	if err := p.pause(a); err != nil {
		return err
	}
	if err := p.advance(a); err != nil {
		return err
	}
	if err := p.replies(a); err != nil {
		return err
	}
	if a.End != nil {
		return a.End.err(p.served, p.call.Program())
	}
	if a.Compute != nil && p.entry.Sent == 0 && !p.call.Method.Type.ServerStreams() {
		return a.Compute.Node.Errorf("compute: the expression has no output, where the method has one reply")
	}
	return nil
}

// pause waits before an answer.
func (p *play) pause(a *Answer) error {
	d := a.Delay
	if a.Jitter > 0 {
		d += time.Duration(p.chance() * float64(a.Jitter))
	}
	return skeleton.Wait(p.ctx, d)
}

// advance computes the state anew.
func (p *play) advance(a *Answer) error {
	if a.State == nil {
		return nil
	}
	for v, err := range a.State.Run(p.ctx, p.facts()) {
		if err != nil {
			return a.State.Node.Errorf("state: %w", err)
		}
		p.state = v.AppendJSON(nil)
		break
	}
	return nil
}

// replies sends what an answer has to say.
func (p *play) replies(a *Answer) error {
	if a.Default {
		return p.usual()
	}
	for round := 0; round != a.Repeat; round++ {
		sent := p.entry.Sent
		if a.Compute != nil {
			if err := p.compute(a, round); err != nil {
				return err
			}
		}
		for i, v := range a.Replies {
			if round > 0 || i > 0 {
				if err := skeleton.Wait(p.ctx, a.Interval); err != nil {
					return err
				}
			}
			if err := p.send(v.JSON); err != nil {
				return err
			}
		}
		if sent == p.entry.Sent { // nothing to repeat
			return nil
		}
	}
	return nil
}

// compute sends the outputs of an expression.
func (p *play) compute(a *Answer, round int) error {
	count := 0
	for v, err := range a.Compute.Run(p.ctx, p.facts()) {
		if err != nil {
			return a.Compute.Node.Errorf("compute: %w", err)
		}
		if count > 0 && !p.call.Method.Type.ServerStreams() {
			return a.Compute.Node.Errorf("compute: the expression has several outputs, where the method has one reply")
		}
		if round > 0 || count > 0 {
			if err := skeleton.Wait(p.ctx, a.Interval); err != nil {
				return err
			}
		}
		if err := p.send(v.AppendJSON(nil)); err != nil {
			return err
		}
		count++
	}
	return nil
}

// usual sends the reply that needs no script: one to each request.
func (p *play) usual() error {
	if !p.mock.options.Random {
		echo, err := p.served.echo(p.call.Method)
		if err != nil {
			return err
		}
		request := p.request
		if request == nil {
			request = []byte("{}")
		}
		text, err := echo(request)
		if err != nil {
			return err
		}
		return p.send(text)
	}
	found, err := p.call.Method.IDL()
	if err != nil {
		return err
	}
	if p.source == nil {
		p.source = sample.Random(p.mock.options.Seed, p.fingerprint())
	}
	count := 1
	if p.call.Method.Type == stream.Server {
		count += p.source.Number(4)
	}
	for range count {
		if err := p.send(p.source.Append(nil, found.Output)); err != nil {
			return err
		}
	}
	return nil
}

// fingerprint is the same for the same request of a method.
func (p *play) fingerprint() uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, p.entry.Method)
	_, _ = h.Write(p.request)
	return h.Sum64()
}

func (p *play) send(text []byte) error {
	p.sent(text)
	return p.call.Send(text)
}

// log tells of the RPC, which has ended with err.
func (p *play) log(st serve.ServerStream, err error) {
	if p.mock.options.Log == nil {
		return
	}
	peer := st.Peer()
	p.entry.Time, p.entry.Took = p.begun, time.Since(p.begun)
	p.entry.Peer, p.entry.Transport, p.entry.TLS = peer.Addr.String(), peer.Transport, peer.TLS
	p.entry.Header = st.Header()
	if !errors.Is(err, serve.ErrNoReply) {
		p.entry.Outcome = stream.OutcomeOf(err)
	}
	p.mock.options.Log(&p.entry)
}
