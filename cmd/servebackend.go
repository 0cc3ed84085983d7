package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/serve/mock"
	"github.com/idlcall/idlcall/pkg/serve/record"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// backend is what answers: a mock, with IDL and a script that may change.
type backend struct {
	*serveOptions

	std      streams
	mock     *mock.Mock
	session  *session.Session // of the IDL; of TARGET where there is one
	recorder *record.Recorder // nil without --record
	files    *watchedFiles    // of script and IDL
}

// backend reads the IDL and the script.
func (o *serveOptions) backend(ctx context.Context, std streams, out *callLog) (*backend, error) {
	b := &backend{serveOptions: o, std: std}
	if o.record == "" {
		b.files = newWatchedFiles(o.script, o.idl.files)
		o.idl.told = b.files.add
	} else {
		b.files = newWatchedFiles(o.script, nil) // TARGET has its own IDL for as long as it is asked
	}
	options := o.options(out)
	options.Otherwise = nil
	var err error
	if b.session, err = open(ctx, std, o.target, &o.idl, &o.conn, o.values()); err != nil {
		return nil, err
	}
	if o.record != "" {
		md, err := o.conn.metadata(ctx, std)
		if err != nil {
			b.close()
			return nil, err
		}
		b.recorder = record.New(b.session, md)
		options.Otherwise = b.recorder.Answer
	}
	b.mock = mock.New(options)
	if err := b.use(ctx); err != nil {
		b.close()
		return nil, err
	}
	if names, err := b.session.Schema().Services(ctx); err == nil && len(names) == 0 {
		warner(std.err)("the IDL has no services: every call will be refused")
	}
	if err := b.save(); err != nil { // what cannot be written is found out at once
		b.close()
		return nil, &usageError{err: err}
	}
	return b, nil
}

// use has the mock answer by the IDL of the session and by the script.
func (b *backend) use(ctx context.Context) error {
	var script *mock.Script
	var err error
	if b.script != "" {
		if script, err = mock.ReadFile(b.script); err != nil {
			return err
		}
	}
	err = b.mock.Use(ctx, b.session.Schema(), script)
	if err == nil || is[*yamldoc.Error](err) {
		return err
	}
	return session.Looking(ctx, "the services", err)
}

func (b *backend) close() { _ = b.session.Close() }

// pollTime is how often files are looked at.
const pollTime = 500 * time.Millisecond

// watch reads the script and the IDL anew whenever their files have changed, until ctx ends,
// and saves what is recorded.
func (b *backend) watch(ctx context.Context) {
	b.files.changed()
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := b.save(); err != nil {
			warner(b.std.err)(err.Error())
		}
		if b.files.changed() {
			b.reload(ctx)
		}
	}
}

// reload takes what the files say now; where that is broken, what they said stays.
func (b *backend) reload(ctx context.Context) {
	old := b.session
	if b.idl.given() && !b.idl.stdin() && b.recorder == nil {
		fresh, err := open(ctx, b.std, b.target, &b.idl, &b.conn, b.values())
		if err != nil {
			b.refuse(err)
			return
		}
		b.session = fresh
	}
	if err := b.use(ctx); err != nil {
		if b.session != old {
			_ = b.session.Close()
			b.session = old
		}
		b.refuse(err)
		return
	}
	fmt.Fprintln(b.std.err, "reloaded")
	// RPCs under way may have types to look up in the old schema: it is left to the garbage
	// collector, since nothing of files has to be closed.
}

// refuse says why files that have changed are not used.
func (b *backend) refuse(err error) {
	report(b.std.err, b.conn.errorFormat, err, commandLine{})
	fmt.Fprintln(b.std.err, "not reloaded: what was there before stays")
}

// save writes what was recorded.
func (b *backend) save() error {
	if b.recorder == nil {
		return nil
	}
	if err := b.recorder.Save(b.record); err != nil {
		return fmt.Errorf("record to %s: %w", b.record, err)
	}
	return nil
}
